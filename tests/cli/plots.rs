//! `mixlab plot` of models with categories and missing values.

use std::fs;

use mixlab::ModelFile;
use mixlab::prelude::*;

use super::{fails, folder, prints, surveyed, words};

#[test]
fn categories_and_missing_values_of_a_model_are_plotted_as_bars() {
    let folder = folder();
    let sheet = datasets::customers();
    let columns = sheet.schema.columns();
    let model = Pipeline::params()
        .categorical([4, 5])
        .mixture(GaussianMixture::params(3).seed(1))
        .fit(&sheet.table)
        .unwrap();
    let file = ModelFile { columns, ..ModelFile::from(model) };
    file.save(&folder.path().join("customers.npz")).unwrap();
    prints(&folder, "datasets export customers customers.csv");
    let svg = |arguments: &str| {
        prints(&folder, &format!("plot {arguments} -o p.svg"));
        fs::read_to_string(folder.path().join("p.svg")).unwrap()
    };
    let all = svg("categories customers.npz");
    for title in [
        "channel by component",
        "member by component",
        "channel: missing values by component",
        "income: missing values by component",
        "store",
        "observed",
    ] {
        assert_eq!(all.matches(&format!(">{title}</text>")).count().min(1), 1, "{title}");
    }
    assert!(!all.contains("age"));
    let one = svg("categories customers.npz --show member");
    assert!(one.contains("member by component") && !one.contains("channel"));
    // numbers are shown by default, without the rows whose values are missing
    for arguments in ["pairs customers.npz", "pairs customers.npz customers.csv"] {
        let pairs = svg(arguments);
        assert!(pairs.contains("visits") && !pairs.contains("channel"), "{arguments}");
        assert!(!pairs.contains("NaN"), "{arguments}");
    }
    svg("density customers.npz customers.csv --show age,income,visits");
    svg("boundaries customers.npz --show income,visits");
    let posteriors = svg("posteriors customers.npz");
    for text in ["components by channel", "components by member", "component 2", "store (45 %)"] {
        assert!(posteriors.contains(&format!(">{text}</text>")), "{text}: {posteriors}");
    }
    let missing = svg("missing customers.npz customers.csv");
    // the columns with their shares of missing values: 39 of 400 visits
    for text in ["Missing values of 400 rows", "visits", "10 %", "channel", "component 0"] {
        assert!(missing.contains(&format!(">{text}</text>")), "{text}: {missing}");
    }
    assert!(!svg("missing customers.npz customers.csv --show visits").contains("channel"));
    for (arguments, expected) in [
        ("missing customers.npz customers.csv --given age=50", "--given is not used"),
        ("posteriors customers.npz --show age", "column \"age\" is a number"),
        ("pairs customers.npz --show age,channel", "mixlab plot categories shows it"),
        ("categories customers.npz --show age", "mixlab plot pairs shows it"),
        ("categories customers.npz customers.csv", "customers.csv is not used"),
        ("categories customers.npz --show size", "no column \"size\""),
    ] {
        fails(&folder, &words(&format!("plot {arguments} -o q.svg")), 2, &[expected]);
    }
    // a model of numbers, and one of categories
    let survey = surveyed();
    fails(&survey, &words("plot categories survey.npz -o q.png"), 2, &["has no categories"]);
    let heart = datasets::heart();
    let records = heart.table.records.select(Axis(1), &[1, 2, 8]);
    let table = DatasetBase::from(records);
    let model = Pipeline::params()
        .categorical([0, 1, 2])
        .mixture(GaussianMixture::params(2))
        .fit(&table)
        .unwrap();
    ModelFile::from(model).save(&folder.path().join("levels.npz")).unwrap();
    let levels = svg("categories levels.npz");
    assert!(levels.contains("x2 by component"), "levels without names have numbers");
    fails(&folder, &words("plot pairs levels.npz -o q.png"), 2, &["the model has no numbers"]);
}
