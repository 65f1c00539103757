//! Text tables as spreadsheets, R, Python and instruments write them: each is read as the plain table, and each decision is
//! reported in one line.

use serde_json::Value;
use tempfile::TempDir;

use super::{fails, folder, json, mixlab, words, write};

/// Number of rows of the plain table.
const N_ROWS: usize = 90;

/// Returns the rows of two groups, with three decimals at most.
fn rows() -> Vec<[f64; 3]> {
    let noise = |row: usize, factor: usize| (row * factor % 97) as f64 / 97.0;
    let value = |number: f64| (number * 100.0).round() / 100.0;
    let row = |row: usize| {
        let far = if row.is_multiple_of(2) { 0.0 } else { 9.0 };
        [
            value(4.1 + far + noise(row, 31)),
            value(21.3 - far + 2.0 * noise(row, 57)),
            value(1.4 + far / 3.0 + noise(row, 71)),
        ]
    };
    (0..N_ROWS).map(row).collect()
}

/// Returns lines of the rows, each made by a function of the row number and its values.
fn lines(line: impl Fn(usize, [String; 3]) -> String) -> String {
    let rows = rows().into_iter().enumerate();
    rows.map(|(row, values)| line(row, values.map(|value| value.to_string())) + "\n").collect()
}

fn plain() -> String {
    format!("length,mass,width\n{}", lines(|_, values| values.join(",")))
}

/// Fits a table and returns its JSON output and what it printed to standard error, without the advice on saving the model.
fn fit(folder: &TempDir, arguments: &str) -> (Value, String) {
    let arguments = format!("fit {arguments} -k 2 --covariance full --n-init 1 --json");
    let arguments: Vec<String> = arguments.split(' ').map(|word| word.replace('~', " ")).collect();
    let assert = mixlab(folder).args(arguments).assert().success();
    let output = assert.get_output();
    let messages = String::from_utf8(output.stderr.clone()).unwrap();
    let messages = messages.lines().filter(|line| !line.contains("the model is not saved"));
    let messages = messages.map(|line| format!("{line}\n")).collect();
    (serde_json::from_slice(&output.stdout).unwrap(), messages)
}

/// Checks that tables are fitted as the plain table is, and that each prints one line with these words.
fn are_plain(tables: &[(&str, String, &[&str])]) {
    let folder = folder();
    write(&folder, "plain.csv", plain());
    let (expected, messages) = fit(&folder, "plain.csv");
    assert_eq!(messages, "");
    for (arguments, text, words) in tables {
        let name = arguments.split(' ').next().unwrap();
        write(&folder, name, text);
        let (found, messages) = fit(&folder, arguments);
        assert_eq!(found["n_samples"], N_ROWS, "{name}: {text:.60}");
        assert_eq!(found["bic"], expected["bic"], "{name}: {text:.60}");
        assert_eq!(messages.lines().count(), usize::from(!words.is_empty()), "{name}: {messages}");
        for word in *words {
            assert!(messages.contains(word), "{name}: no {word:?} in {messages}");
        }
    }
}

#[test]
fn row_indices_are_not_used_as_data() {
    let index = |first: usize| lines(|row, values| format!("{},{}", row + first, values.join(",")));
    let labels = lines(|row, values| format!("\"site {row}\",{}", values.join(",")));
    let quoted = lines(|row, values| format!("\"{}\",{}", row + 1, values.join(",")));
    let selected = lines(|row, values| format!("{},{}", row * 37 % 1009, values.join(",")));
    let nameless = ["(\"x1\") identifies the rows", "--columns x1..width uses it"];
    are_plain(&[
        ("pandas.csv", format!(",length,mass,width\n{}", index(0)), &nameless),
        ("r.csv", format!("\"\",\"length\",\"mass\",\"width\"\n{quoted}"), &nameless),
        ("selected.csv", format!(",length,mass,width\n{selected}"), &nameless),
        ("labels.csv", format!(",length,mass,width\n{labels}"), &nameless),
        (
            "twice.csv",
            format!("Unnamed: 0,length,mass,width\n{}", index(0)),
            &["column \"Unnamed: 0\" identifies", "--columns 'Unnamed: 0..width'"],
        ),
        ("named.csv", format!("row.names,length,mass,width\n{}", index(1)), &["\"row.names\""]),
        ("shorter.csv", format!("length,mass,width\n{labels}"), &["identifies the rows"]),
    ]);
}

#[test]
fn a_row_index_is_carried_through_and_used_on_request() {
    let folder = folder();
    let text = format!(
        ",length,mass,width\n{}",
        lines(|row, values| format!("{},{}", row + 1, values.join(",")))
    );
    write(&folder, "pandas.csv", &text);
    let run = |arguments: &str| {
        let assert = mixlab(&folder).args(words(arguments)).assert().success();
        let output = assert.get_output();
        let text = |bytes: &Vec<u8>| String::from_utf8(bytes.clone()).unwrap();
        (text(&output.stdout), text(&output.stderr))
    };
    run("fit pandas.csv -k 2 --n-init 1 -o m.npz");
    for command in ["predict", "score --anomalies 3%", "score"] {
        let (out, messages) = run(&format!("{command} m.npz pandas.csv"));
        let n = messages.matches("identifies the rows").count();
        assert_eq!(n, 1, "{messages}");
        if command == "predict" {
            let first: Vec<&str> = text.lines().nth(1).unwrap().split(',').collect();
            assert!(out.starts_with(",length,mass,width,component\n"), "{out:.80}");
            assert!(out.lines().nth(1).unwrap().starts_with(&first.join(",")), "{out:.80}");
        }
    }
    let (_, messages) = run("fit pandas.csv --columns x1..width -k 1 --n-init 1 -o with.npz");
    assert!(!messages.contains("identifies"), "{messages}");
    let names = mixlab::ModelFile::load(&folder.path().join("with.npz")).unwrap().feature_names();
    assert_eq!(names, ["x1", "length", "mass", "width"]);
    // a model of the index finds it again
    run("predict with.npz pandas.csv --only");
}

#[test]
fn columns_that_count_the_rows_are_reported() {
    let folder = folder();
    let text = format!(
        "id,length,mass,width\n{}",
        lines(|row, values| format!("{},{}", row + 101, values.join(",")))
    );
    write(&folder, "id.csv", text);
    let (_, messages) = fit(&folder, "id.csv");
    assert!(messages.contains("column \"id\" increases by 1"), "{messages}");
    assert!(messages.contains("--exclude id leaves it out"), "{messages}");
    let (_, messages) = fit(&folder, "id.csv --exclude id");
    assert_eq!(messages, "");
    let (_, messages) = fit(&folder, "id.csv --columns id,mass");
    assert_eq!(messages, "");
}

#[test]
fn tables_of_r_are_read_with_quoted_names_and_row_names() {
    let names = "\"length\" \"mass\" \"width\"\n";
    let by_blanks = lines(|_, values| values.join(" "));
    let with_rows = lines(|row, values| format!("\"{}\" {}", row + 1, values.join(" ")));
    let labels = lines(|row, values| format!("\"site {row}\" {}", values.join(" ")));
    let tabbed = lines(|row, values| format!("r{row}\t{}", values.join("\t")));
    let index: &[&str] = &["identifies the rows"];
    are_plain(&[
        ("norows.txt", format!("{names}{by_blanks}"), &[]),
        ("default.txt", format!("{names}{with_rows}"), index),
        ("labels.txt", format!("{names}{labels}"), index),
        ("unquoted.tsv", format!("length\tmass\twidth\n{tabbed}"), index),
    ]);
}

#[test]
fn a_first_line_of_data_is_data() {
    let label = |row: usize| if row.is_multiple_of(2) { "rosa" } else { "kama" };
    let labelled = lines(|row, values| format!("{},{}", values.join(","), label(row)));
    let is_data: &[&str] = &["line 1 is data", "x1 to x", "--header"];
    are_plain(&[
        ("flowers.data --exclude 4", labelled.clone() + "\n", is_data),
        ("flowers.csv --exclude x4", labelled, is_data),
        ("numbers.csv", lines(|_, values| values.join(",")), is_data),
        ("headerless.csv --no-header", lines(|_, values| values.join(",")), &[]),
        (
            "comment.txt",
            "# length mass width\n".to_owned() + &lines(|_, values| values.join(" ")),
            &["the comment in line 1 holds the names: \"length\", \"mass\", \"width\""],
        ),
        (
            "savetxt.csv",
            "# length,mass,width\n".to_owned() + &lines(|_, values| values.join(",")),
            &["the comment in line 1 holds the names", "--no-header takes no names"],
        ),
    ]);
}

#[test]
fn numbers_above_other_numbers_are_names() {
    let rows = lines(|_, values| values.join(","));
    let taken: &[&str] = &["the numbers in line 1 are taken as names", "--no-header"];
    are_plain(&[
        ("years.csv", format!("2019,2020,2021\n{rows}"), taken),
        ("decades.csv", format!("1990,2000,2010\n{rows}"), taken),
        ("counted.csv", format!("0,1,2\n{rows}"), taken),
        ("quoted.csv", format!("\"7\",\"3\",\"12\"\n{rows}"), &[]),
        ("given.csv --header", format!("7,3,12\n{rows}"), &[]),
    ]);
    // names that were written are read again
    let folder = folder();
    write(&folder, "years.csv", format!("2019,2020,2021\n{rows}"));
    json(&folder, &words("fit years.csv -k 2 --n-init 1 -o m.npz --json"));
    mixlab(&folder).args(words("sample m.npz -n 50 --round 0 -o s.csv")).assert().success();
    mixlab(&folder).args(words("sample m.npz -n 50 --round 0 -o s.txt")).assert().success();
    for name in ["s.csv", "s.txt"] {
        let table = mixlab::table::read_table(&folder.path().join(name)).unwrap();
        assert_eq!((table.records.nrows(), table.feature_names()[0].as_str()), (50, "2019"));
    }
}

#[test]
fn comments_are_skipped_between_any_separators() {
    let text = plain();
    let (names, rows) = text.split_once('\n').unwrap();
    let (first, rest) =
        rows.split_at(rows.len() / 2 + rows[rows.len() / 2..].find('\n').unwrap() + 1);
    let paused = |mark: &str| {
        format!("{mark} device: \"x\n{names}\n{mark} 1,2\n{first}{mark}paused\n\n{rest}")
    };
    let skipped: &[&str] = &["lines that begin with \"#\", such as line 1", "--comment ''"];
    are_plain(&[
        ("comma.csv", paused("#"), skipped),
        ("semicolon.csv", paused("#").replace(',', ";"), skipped),
        ("percent.csv --comment %", paused("%"), &["lines that begin with \"%\""]),
        ("tab.tsv", paused("#").replace(',', "\t"), skipped),
        ("indented.csv", paused("  #"), skipped),
    ]);
    let folder = folder();
    write(&folder, "codes.csv", format!("code,a\n{}", "#1,5\n#2,6\n".repeat(9)));
    let schema = json(&folder, &words("schema codes.csv --json"));
    assert_eq!(schema["schema"][0]["levels"], serde_json::json!(["#1", "#2"]));
}

#[test]
fn columns_without_name_and_values_are_ignored() {
    let trailing = lines(|_, values| values.join(",") + ",");
    let ignored: &[&str] = &["column 4 has neither a name nor values and is ignored"];
    are_plain(&[
        ("both.csv", format!("length,mass,width,\n{trailing}"), ignored),
        ("rows.csv", format!("length,mass,width\n{trailing}"), ignored),
        (
            "names.csv",
            format!("length,mass,width,\n{}", lines(|_, values| values.join(","))),
            ignored,
        ),
        (
            "several.csv",
            format!("length,mass,width,,\n{}", trailing.replace(",\n", ",,\n")),
            &["2 columns between column 4 and column 5"],
        ),
        ("dropped.csv --drop-missing", format!("length,mass,width,\n{trailing}"), ignored),
    ]);
    let folder = folder();
    write(&folder, "late.csv", format!("length,mass,width,\n{trailing}1,2,3,4\n"));
    let found = ["late.csv, line 92, column 4", "\"4\"", "write a name above it"];
    fails(&folder, &words("fit late.csv"), 2, &found);
}

#[test]
fn the_separator_may_be_stated() {
    let semicolons = plain().replace(',', ";").replace('.', ",");
    are_plain(&[
        ("export.csv", format!("sep=;\r\n{}", semicolons.replace('\n', "\r\n")), &[]),
        ("quoted.csv", format!("\"SEP=;\"\n{semicolons}"), &[]),
        ("colon.txt", format!("sep=:\n{}", plain().replace(',', ":")), &[]),
        ("option.txt --separator :", plain().replace(',', ":"), &[]),
        ("tab.csv --separator tab", plain().replace(',', "\t"), &[]),
    ]);
}

#[test]
fn decimal_commas_are_read_between_any_separators() {
    let with_commas = |separator: &str| {
        let line =
            |_, values: [String; 3]| values.map(|value| value.replace('.', ",")).join(separator);
        "length mass width\n".replace(' ', separator) + &lines(line)
    };
    let read: &[&str] = &["numbers are read with decimal commas, as in"];
    let quoted =
        lines(|_, values| values.map(|value| format!("\"{}\"", value.replace('.', ","))).join(","));
    are_plain(&[
        ("semicolon.csv", with_commas(";"), &[]),
        ("tab.tsv", with_commas("\t"), read),
        ("blanks.txt", with_commas("   "), read),
        ("bar.txt", with_commas("|"), read),
        ("quoted.csv", format!("length,mass,width\n{quoted}"), read),
        ("given.txt --decimal ,", with_commas("  "), &[]),
    ]);
}

#[test]
fn thousands_are_read_by_the_decimal_mark_of_other_values() {
    let folder = folder();
    let cases = |row: usize| 800 + row * row;
    let grouped = |number: usize, mark: &str| {
        let digits = number.to_string();
        match digits.len() {
            4.. => format!("{}{mark}{}", &digits[..digits.len() - 3], &digits[digits.len() - 3..]),
            _ => digits,
        }
    };
    let line = |row: usize, cases: String, separator: &str, mark: &str| {
        let rate = format!("{:.2}", 20.0 + (row * 31 % 97) as f64 / 7.0).replace('.', mark);
        format!("{cases}{separator}{rate}\n")
    };
    let table = |separator: &str, mark: &str, thousands: &str, quote: &str| {
        let row = |row: usize| {
            line(row, format!("{quote}{}{quote}", grouped(cases(row), thousands)), separator, mark)
        };
        format!("cases{separator}rate\n") + &(0..80).map(row).collect::<String>()
    };
    write(&folder, "plain.csv", table(",", ".", "", ""));
    let (expected, _) = fit(&folder, "plain.csv");
    for (name, text, mark) in [
        ("german.csv", table(";", ",", ".", ""), "'.'"),
        ("english.csv", table(";", ".", ",", ""), "','"),
        ("english.tsv", table("\t", ".", ",", ""), "','"),
        ("quoted.csv", table(",", ".", ",", "\""), "','"),
        ("french.csv", table(";", ",", "\u{a0}", ""), "'\\u{a0}'"),
        ("swiss.csv", table(";", ".", "'", ""), "'\\''"),
    ] {
        write(&folder, name, text);
        let (found, messages) = fit(&folder, name);
        assert_eq!(found["bic"], expected["bic"], "{name}");
        assert_eq!(messages.lines().count(), 1, "{name}: {messages}");
        for word in [mark, "separates thousands in \"cases\"", " is 1025"] {
            assert!(messages.contains(word), "{name}: no {word:?} in {messages}");
        }
    }
    // no other value decides
    let counts: String =
        (0..60).map(|row| format!("{};{}\n", grouped(cases(row), ","), row % 7)).collect();
    write(&folder, "counts.csv", format!("cases;day\n{counts}"));
    let (_, messages) = fit(&folder, "counts.csv");
    for word in ["',' separates thousands", "--decimal , takes it as the decimal mark"] {
        assert!(messages.contains(word), "no {word:?} in {messages}");
    }
    let (_, messages) = fit(&folder, "counts.csv --decimal .");
    assert_eq!(messages, "");
    // two decimal marks
    write(&folder, "two.csv", "a;b\n1,5;2.5\n2,5;3.5\n");
    let found = ["two.csv, line 2, column 2", "\"2.5\"", "\"1,5\" in line 2", "one decimal mark"];
    fails(&folder, &words("fit two.csv"), 2, &found);
    write(&folder, "unknown.csv", "a;b\n1,500;2.500\n2,500;3.500\n");
    fails(&folder, &words("fit unknown.csv"), 2, &["line 2, column 1", "\"1,500\"", "--decimal"]);
}

#[test]
fn truth_values_are_categories() {
    let folder = folder();
    let table = |yes: &str, no: &str| {
        let line = |row: usize, values: [String; 3]| {
            format!("{},{}", values.join(","), if row * row % 7 > 2 { yes } else { no })
        };
        format!("length,mass,width,owner\n{}", lines(line))
    };
    for (yes, no) in [("True", "False"), ("true", "false"), ("TRUE", "FALSE"), ("T", "F")] {
        write(&folder, "truth.csv", table(yes, no));
        let schema = json(&folder, &words("schema truth.csv --json"));
        assert_eq!(schema["schema"][3]["levels"], serde_json::json!([no, yes]));
        assert_eq!(schema["schema"][3]["decided_by"], "detected: true or false");
    }
    // other words are further levels
    write(&folder, "late.csv", table("True", "False") + "1,2,3,maybe\n");
    let schema = json(&folder, &words("schema late.csv --json"));
    assert_eq!(schema["schema"][3]["levels"], serde_json::json!(["False", "True", "maybe"]));
}

#[test]
fn missing_values_are_known_or_declared() {
    let folder = folder();
    let with = |marker: &str| plain().replacen("\n4.", &format!("\n{marker},1,2\n4."), 1);
    for marker in [
        "-", "--", ".", "..", "?", "<NA>", "#DIV/0!", "#VALUE!", "#N/A", "\\N", "NaT", "NULL",
        "missing",
    ] {
        write(&folder, "gaps.csv", with(marker));
        let (found, messages) = fit(&folder, "gaps.csv --drop-missing");
        assert_eq!(found["n_samples"], N_ROWS, "{marker}");
        assert_eq!(
            messages,
            format!("mixlab: 1 of {} rows have missing values and are dropped\n", N_ROWS + 1)
        );
    }
    for (marker, list) in [("n.d.", "n.d."), ("-999", "-999.0"), ("below limit", "'below limit'")] {
        write(&folder, "gaps.csv", with(marker));
        let list = list.trim_matches('\'').replace(' ', "~");
        let (found, _) = fit(&folder, &format!("gaps.csv --drop-missing --missing-values {list}"));
        assert_eq!(found["n_samples"], N_ROWS, "{marker}");
    }
    write(&folder, "bad.csv", with("below limit"));
    let found = [
        "bad.csv, line 2, column 1",
        "\"below limit\", not a number",
        "--missing-values 'below limit'",
    ];
    fails(&folder, &words("fit bad.csv"), 2, &found);
    let message = mixlab(&folder).args(words("fit bad.csv")).assert().get_output().stderr.clone();
    assert!(!String::from_utf8(message).unwrap().contains("leave"), "the column is not at fault");
}

#[test]
fn units_below_the_names_are_skipped() {
    let units = |units: &str| plain().replacen('\n', &format!("\n{units}\n"), 1);
    let skipped: &[&str] =
        &["line 2 is skipped as units", "\"cm\", \"g\", \"mm\"", "--missing-values cm,g,mm"];
    are_plain(&[
        ("units.csv", units("cm,g,mm"), skipped),
        ("bracketed.csv", units("[cm],,"), &["line 2 is skipped as units"]),
    ]);
}

#[test]
fn utf16_is_read_with_and_without_a_mark() {
    let folder = folder();
    write(&folder, "plain.csv", plain());
    let (expected, _) = fit(&folder, "plain.csv");
    let bytes = |text: &str, encode: fn(u16) -> [u8; 2]| -> Vec<u8> {
        text.encode_utf16().flat_map(encode).collect()
    };
    for (text, n_messages) in [(format!("\u{feff}{}", plain()), 0), (plain(), 1)] {
        for encode in [u16::to_le_bytes, u16::to_be_bytes] {
            write(&folder, "utf16.csv", bytes(&text, encode));
            let (found, messages) = fit(&folder, "utf16.csv");
            assert_eq!((&found["bic"], messages.lines().count()), (&expected["bic"], n_messages));
        }
    }
}

#[test]
fn messages_name_the_line_and_a_remedy_that_works() {
    let folder = folder();
    let text = plain();
    write(&folder, "title.csv", format!("Measurements of 2020\n\n{text}"));
    fails(&folder, &words("fit title.csv"), 2, &["line 1: the line has 1 value where", "--skip 2"]);
    let (found, _) = fit(&folder, "title.csv --skip 2");
    assert_eq!(found["n_samples"], N_ROWS);
    write(&folder, "names.csv", "# made by hand\nlength,mass\n\n");
    fails(&folder, &words("fit names.csv"), 2, &["line 2", "no rows, only this line of names"]);
    write(&folder, "quote.csv", format!("{text}\"1,2,3\n4,5,6\n"));
    fails(&folder, &words("fit quote.csv"), 2, &["line 92", "quote", "not closed"]);
    write(&folder, "short.csv", text.replacen("\n4.", "\n5\n4.", 1));
    fails(&folder, &words("fit short.csv"), 2, &["line 2, column 2: the line has 1 value between"]);
    write(&folder, "twice.csv", text.replacen("mass", "length", 1));
    let (_, messages) = fit(&folder, "twice.csv");
    assert!(messages.contains("\"length\" to \"length.1\""), "{messages}");
    let (_, messages) = fit(&folder, "twice.csv --quiet");
    assert_eq!(messages, "");
    mixlab(&folder).args(words("fit twice.csv --separator 1")).assert().code(2);
    mixlab(&folder).args(words("fit twice.csv --decimal ;")).assert().code(2);
}
