//! A data frame as a table: columns of numbers and texts with missing values become rows with a schema.
//!
//! With polars the columns of a frame are added by their type; mixlab does not depend on it:
//!
//! ```text
//! let mut table = TableBuilder::new();
//! for column in frame.get_columns() {
//!     let name = column.name().to_string();
//!     table = match column.dtype() {
//!         DataType::String => table.texts(name, column.str()?.iter()),
//!         DataType::Boolean => table.booleans(name, column.bool()?.iter()),
//!         // dates as 2024-03-01, categories as their names
//!         DataType::Date | DataType::Datetime(..) | DataType::Categorical(..) => {
//!             let texts = column.cast(&DataType::String)?;
//!             table.texts(name, texts.str()?.iter())
//!         }
//!         _ => {
//!             let numbers = column.cast(&DataType::Float64)?;
//!             table.numbers(name, numbers.f64()?.iter())
//!         }
//!     };
//! }
//! ```
//!
//! `cargo run --release --example data_frame`

use mixlab::table::{KindChoice, TableBuilder};

/// A column of a frame: its name, and its values with their type.
enum Series {
    Float64(&'static str, Vec<Option<f64>>),
    String(&'static str, Vec<Option<String>>),
    Boolean(&'static str, Vec<Option<bool>>),
}

/// Adds the columns of a frame to a table.
fn table_of(frame: &[Series]) -> TableBuilder {
    let mut table = TableBuilder::new();
    for series in frame {
        table = match series {
            Series::Float64(name, values) => table.numbers(*name, values.iter().copied()),
            Series::String(name, values) => table.texts(*name, values.iter().map(Option::as_deref)),
            Series::Boolean(name, values) => table.booleans(*name, values.iter().copied()),
        };
    }
    table
}

fn main() -> mixlab::Result<()> {
    let text = |text: &str| Some(text.to_owned());
    let frame = [
        Series::String("name", vec![text("Ada"), text("Bob"), text("Eve"), text("Dan")]),
        Series::Float64("weight", vec![Some(60.5), None, Some(70.0), Some(82.5)]),
        Series::String("plan", vec![text("basic"), text("full"), None, text("basic")]),
        Series::Boolean("active", vec![Some(true), Some(false), Some(true), None]),
        Series::String(
            "since",
            vec![text("2024-03-01"), text("2023-11-30"), None, text("2024-01-15")],
        ),
    ];
    let sheet = table_of(&frame).build()?;
    for entry in sheet.schema.entries() {
        println!("{entry}");
    }
    println!("{}", sheet.table.records);
    assert_eq!(sheet.table.feature_names(), ["weight", "plan", "active", "since"]);
    assert_eq!(sheet.schema.n_missing(), [1, 1, 1, 1]);

    // further rows have the kinds and levels of the first
    let columns = sheet.schema.columns();
    let more = [
        Series::Float64("weight", vec![Some(66.0)]),
        Series::String("plan", vec![text("full")]),
        Series::Boolean("active", vec![Some(false)]),
        Series::String("since", vec![text("2024-03-02")]),
    ];
    let rows = table_of(&more).kinds(KindChoice::of(&columns)).build()?.table.records;
    assert_eq!(rows.row(0).to_vec()[1..3], [1.0, 0.0]);
    assert_eq!(columns[3].kind.text(rows[[0, 3]]).as_deref(), Some("2024-03-02"));
    Ok(())
}
