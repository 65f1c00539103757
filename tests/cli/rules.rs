//! Rules between columns: `fit --rule`, rules that are found, and what other commands do with such models.

use std::collections::HashSet;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use tempfile::TempDir;

use super::{fails, folder, json, prints, says, words, write};

const RULES: &str = "--rule start<=end --rule total=rent+food --rule city,zip";

/// Writes trips with dates, sums of money, and places, of which some values are missing.
fn table(folder: &TempDir) {
    let rng = &mut ChaCha8Rng::seed_from_u64(4);
    let places = ["Bern,3000", "Bern,3005", "Basel,4000", "Lyon,69001"];
    let mut text = String::from("start,end,rent,food,total,city,zip\n");
    for _ in 0..300 {
        let (start, length) = (rng.gen_range(1..20), rng.gen_range(0..9));
        let z: f64 = rng.sample(StandardNormal);
        let (rent, food) = ((40_000.0 * (0.3 * z).exp()).round(), rng.gen_range(20_000..40_000));
        let total = (rent + f64::from(food)) / 100.0;
        let end = if rng.gen_bool(0.05) {
            String::new()
        } else {
            format!("2024-05-{:02}", start + length)
        };
        let place = places[rng.gen_range(0..4)];
        text += &format!(
            "2024-05-{start:02},{end},{},{},{total},{place}\n",
            rent / 100.0,
            f64::from(food) / 100.0
        );
    }
    write(folder, "trips.csv", text);
}

fn lines(folder: &TempDir, name: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(folder.path().join(name)).unwrap();
    text.lines().skip(1).map(|line| line.split(',').map(String::from).collect()).collect()
}

fn number(text: &str) -> f64 {
    text.parse().unwrap()
}

#[test]
fn samples_keep_rules() {
    let folder = folder();
    table(&folder);
    let said = says(&folder, &format!("fit trips.csv -k 2 --n-init 1 {RULES} -o m.npz"));
    let expected = "the columns of the model are start; end - start; rent; food; city, zip";
    assert!(said.contains(expected), "{said}");
    prints(&folder, "sample m.npz -n 5000 -o s.csv");
    let places: HashSet<Vec<String>> =
        lines(&folder, "trips.csv").iter().map(|row| row[5..].to_vec()).collect();
    for row in lines(&folder, "s.csv") {
        assert!(row[1].is_empty() || row[0] <= row[1], "{row:?}");
        let sum = number(&row[2]) + number(&row[3]);
        assert!((sum - number(&row[4])).abs() < 1e-9, "{row:?}");
        assert!(places.contains(&row[5..]), "{row:?}");
    }
    prints(&folder, "sample m.npz -n 50 --given start=2024-05-03,end=2024-05-08 -o given.csv");
    assert!(lines(&folder, "given.csv").iter().all(|row| row[1] == "2024-05-08"));
    let text = prints(&folder, "info m.npz");
    for words in ["end - start", "rules: start <= end; total = rent + food; city,zip"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let info = json(&folder, &["info", "m.npz", "--json"]);
    assert_eq!(info["rules"][1], "total = rent + food");
    assert_eq!(info["features"][1]["name"], "end - start");
}

#[test]
fn other_commands_read_tables_as_the_rules_say() {
    let folder = folder();
    table(&folder);
    prints(&folder, &format!("fit trips.csv -k 2 --n-init 1 {RULES} -o m.npz"));
    assert_eq!(prints(&folder, "predict m.npz trips.csv").lines().count(), 301);
    let text = "start,end,rent,food,total,city,zip\n2024-05-03,,400,,650,Basel,\n,2024-05-09,,,700,,3005\n";
    write(&folder, "holes.csv", text);
    prints(&folder, "impute m.npz holes.csv -o filled.csv");
    let filled = lines(&folder, "filled.csv");
    assert_eq!((filled[0][3].as_str(), filled[0][6].as_str()), ("250", "4000"));
    assert_eq!(filled[1][5], "Bern");
    assert!(filled[0][0] <= filled[0][1] && filled[1][0].as_str() <= "2024-05-09");
    assert_eq!(number(&filled[1][2]) + number(&filled[1][3]), 700.0);
    // rows that break rules are named, and anomalous
    let text = "start,end,rent,food,total,city,zip\n2024-05-03,2024-05-04,400,250,650,Basel,4000\n2024-05-09,2024-05-01,400,250,700,Basel,3000\n";
    write(&folder, "new.csv", text);
    let said = says(&folder, "score m.npz new.csv --anomalies 50% -o a.csv");
    for words in
        ["\"start <= end\" in row 2", "\"total = rent + food\" in row 2", "\"city,zip\" in row 2"]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
    let text = std::fs::read_to_string(folder.path().join("a.csv")).unwrap();
    assert!(text.lines().nth(1).unwrap().starts_with("2,2024-05-09"), "{text}");
    assert!(text.contains("end - start -"), "{text}");
    // a fit continues with the rules of the model
    let said = says(&folder, "fit trips.csv --start m.npz -o again.npz");
    assert!(!said.contains("rules hold"), "{said}");
    prints(&folder, "sample again.npz -n 10");
    // a model of some columns
    write(&folder, "part.csv", "start,end,rent\n2024-05-03,2024-05-04,400\n");
    assert_eq!(prints(&folder, "score m.npz part.csv").lines().count(), 2);
}

#[test]
fn values_that_a_model_does_not_know_are_no_filled_values() {
    let folder = folder();
    let mut text = String::from("start,end,city,zip\n");
    for row in 0..200 {
        let (start, place) = (row * 7 % 50, ["Bern,3000", "Bern,3005", "Basel,4000"][row % 3]);
        text += &format!("{start},{},{place}\n", start + [0, 1, 2, 5][row * 3 % 4]);
    }
    write(&folder, "x.csv", text);
    let rules = "--rule start<=end --rule city,zip --shape auto";
    prints(&folder, &format!("fit x.csv -k 1 {rules} -o m.npz"));
    // an unknown difference and an unknown combination, and one of which a part is known
    write(
        &folder,
        "new.csv",
        "start,end,city,zip\n10,13,Zug,3000\n10,13,Basel,9999\n10,11,Bern,\n",
    );
    let said = says(&folder, "impute m.npz new.csv -o filled.csv --deviations d.csv");
    assert!(said.contains("1 value in 1 of 3 rows is filled"), "{said}");
    assert!(said.contains("\"city,zip\" in row 2"), "{said}");
    let filled = lines(&folder, "filled.csv");
    assert_eq!(filled[0], ["10", "13", "Zug", "3000"]);
    assert_eq!(filled[1], ["10", "13", "Basel", "9999"]);
    assert!(["3000", "3005"].contains(&filled[2][3].as_str()));
    // deviations have the columns of the table
    let deviations = std::fs::read_to_string(folder.path().join("d.csv")).unwrap();
    assert!(deviations.starts_with("start,end,city,zip\n"), "{deviations}");
    // what was never seen is less probable than what was
    write(
        &folder,
        "scored.csv",
        "start,end,city,zip\n10,12,Bern,3000\n10,13,Bern,3000\n10,8,Bern,3000\n",
    );
    let scores: Vec<f64> = prints(&folder, "score m.npz scored.csv")
        .lines()
        .skip(1)
        .map(|line| number(line.rsplit(',').next().unwrap()))
        .collect();
    assert!(scores[0] > scores[1] && scores[0] > scores[2], "{scores:?}");
    let message = "values are categories, which in the data are 0, 1, 2, 5";
    fails(&folder, &words("sample m.npz --given start=10,end=13"), 2, &[message]);
}

#[test]
fn rules_are_found_and_offered() {
    let folder = folder();
    table(&folder);
    let said = says(&folder, "fit trips.csv -k 1 --categorical zip");
    let offered = r#"with --rule "total = rent + food" --rule "zip,city""#;
    assert!(said.contains(offered), "{said}");
    let said = says(&folder, "fit trips.csv -k 1 --purpose samples --exclude total,zip");
    assert!(said.contains(r#"with --rule "start <= end""#), "{said}");
    assert!(!says(&folder, "fit trips.csv -k 1 --rule start<=end").contains("rules hold"));
    assert!(!says(&folder, "fit dataset:heart -k 1").contains("rules hold"));
}

#[test]
fn rules_that_do_not_hold_or_cannot_be_read_are_refused() {
    let folder = folder();
    table(&folder);
    // with a fee above the food, and a constant column
    let text = std::fs::read_to_string(folder.path().join("trips.csv")).unwrap();
    let row = |line: &str| {
        let food: f64 = line.split(',').nth(3).unwrap().parse().unwrap_or_default();
        format!("{line},{},1\n", ((food + 2.0) * 100.0).round() / 100.0)
    };
    let rows: String = text.lines().skip(1).map(row).collect();
    write(&folder, "fees.csv", format!("{},fee,one\n{rows}", text.lines().next().unwrap()));
    for (arguments, message) in [
        ("--rule start<end", "write <= or >="),
        ("--rule start<=finish", "there is no column \"finish\""),
        ("--rule end<=start", "first in row"),
        ("--rule city<=start", "is a category"),
        ("--rule total=rent+food --rule total=rent+rent", "in it twice"),
        ("--rule start", "write \"start <= end\""),
        ("--rule food<=fee", "write the rule \"food <= fee\" as a sum: --rule \"fee = food + 2\""),
        ("--rule food<=one", "the column \"one\" is left out of the model"),
    ] {
        let arguments = format!("fit fees.csv -k 1 {arguments} -o m.npz");
        fails(&folder, &words(&arguments), 2, &[message]);
    }
    prints(&folder, &format!("fit trips.csv -k 1 {RULES} -o m.npz"));
    for (given, message) in [
        ("end=2024-05-05", "give start as well"),
        ("total=800,rent=300,food=100", "contradict"),
        ("city=Bern", "give zip as well"),
    ] {
        fails(&folder, &["sample", "m.npz", "--given", given], 2, &[message]);
    }
    fails(&folder, &["fit", "dataset:digits", "-k", "1", "--rule", "a<=b"], 2, &["images"]);
}
