//! Samples keep the zeros, signs, decimals and dates of the data.

use mixlab::table::read_table;
use ndarray::Array2;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Exp, Normal};
use serde_json::Value;
use tempfile::TempDir;

use super::{fails, folder, json, mixlab, prints, says, words, write};

/// Reads a column of a table.
fn column(folder: &TempDir, name: &str, index: usize) -> Vec<f64> {
    read_table(&folder.path().join(name)).unwrap().records.column(index).to_vec()
}

/// Writes amounts of which 40 % are 0 and, of those above 30, the top code 30; and a second column that depends on them.
fn censored(folder: &TempDir) -> [f64; 2] {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let mut text = String::from("amount,other\n");
    let mut counts = [0.0; 2];
    for _ in 0..800 {
        let amount: f64 = if rng.gen_bool(0.4) { 0.0 } else { rng.sample(Exp::new(0.06).unwrap()) };
        let amount = amount.min(30.0);
        counts[0] += f64::from(u8::from(amount == 0.0)) / 800.0;
        counts[1] += f64::from(u8::from(amount == 30.0)) / 800.0;
        let other: f64 = rng.sample(Normal::new(10.0 + amount, 4.0).unwrap());
        text += &format!("{amount:.2},{other:.1}\n");
    }
    write(folder, "x.csv", text);
    counts
}

#[test]
fn values_of_many_rows_at_the_ends_of_a_range_keep_their_shares() {
    let folder = folder();
    let shares = censored(&folder);
    prints(&folder, "fit x.csv --standardize -k 1..4 --n-init 2 -o m.npz");
    for (options, is_within) in [("", false), ("--clip sign", false), ("--clip", true)] {
        prints(&folder, &format!("sample m.npz -n 10000 -o s.csv {options}"));
        let amounts = column(&folder, "s.csv", 0);
        for (value, share) in [0.0, 30.0].into_iter().zip(shares) {
            let found = amounts.iter().filter(|&&amount| amount == value).count() as f64 / 1e4;
            // five standard errors
            assert!((found - share).abs() < 0.025, "{options}: {found} of {share} at {value}");
        }
        assert!(amounts.iter().all(|&amount| (0.0..=30.0).contains(&amount)), "{options}");
        let others = column(&folder, "s.csv", 1);
        let range = others.iter().fold((f64::MAX, f64::MIN), |(a, b), &x| (a.min(x), b.max(x)));
        let of_data = column(&folder, "x.csv", 1);
        let within = |&x: &f64| of_data.iter().any(|y| *y <= x) && of_data.iter().any(|y| *y >= x);
        assert_eq!(within(&range.0) && within(&range.1), is_within, "{options}");
    }
    prints(&folder, "sample m.npz -n 10000 -o s.csv --clip none");
    let amounts = column(&folder, "s.csv", 0);
    assert!(
        amounts.iter().any(|&amount| amount < 0.0) && amounts.iter().any(|&amount| amount > 30.0)
    );
    let text = prints(&folder, "info m.npz");
    let expected = format!("amount: {:.1} % of the rows are exactly 0\n", 100.0 * shares[0]);
    assert!(text.contains(&expected), "{text}");
    let object = json(&folder, &words("info m.npz --json"));
    assert_eq!(object["features"][0]["spikes"][1]["value"], 30.0);
    assert_eq!(object["features"][1].get("spikes"), None);
    // in every form of a model file
    prints(&folder, "convert m.npz m.json");
    prints(&folder, "convert m.json again.npz");
    let sample = |model: &str| prints(&folder, &format!("sample {model} -n 500"));
    assert!(sample("m.npz") == sample("m.json") && sample("m.npz") == sample("again.npz"));
    mixlab(&folder).args(words("sample m.npz --clip always")).assert().code(2);
}

/// Maximum number of decimals of the values of a column as they are printed.
fn printed_decimals(text: &str, column: usize) -> usize {
    let values = text.lines().skip(1).map(|line| line.split(',').nth(column).unwrap());
    values
        .map(|value| value.split_once('.').map_or(0, |(_, decimals)| decimals.len()))
        .max()
        .unwrap()
}

#[test]
fn decimals_survive_binary_noise_and_32_bits() {
    let folder = folder();
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut text = String::from("price,weight\n");
    let mut singles = Array2::<f32>::zeros((300, 2));
    for row in 0..300 {
        let (price, weight) = (rng.gen_range(100..900), rng.gen_range(10..99));
        let noise = if row % 100 == 7 { 1.0 + 2.0 * f64::EPSILON } else { 1.0 };
        text += &format!("{:?},{:?}\n", f64::from(price) / 100.0 * noise, f64::from(weight) / 10.0);
        singles[[row, 0]] = (f64::from(price) / 100.0) as f32;
        singles[[row, 1]] = (f64::from(weight) / 10.0) as f32;
    }
    write(&folder, "noisy.csv", text);
    ndarray_npy::write_npy(folder.path().join("single.npy"), &singles).unwrap();
    for data in ["noisy.csv", "single.npy"] {
        // in memory, and in a file
        for is_streamed in [false, true] {
            let source = if is_streamed { "- --memory 64MB" } else { data };
            let mut command = mixlab(&folder);
            command.args(words(&format!("fit {source} -k 1 --covariance full -o m.npz")));
            if is_streamed {
                command.write_stdin(std::fs::read(folder.path().join(data)).unwrap());
            }
            command.assert().success();
            let object = json(&folder, &words("info m.npz --json"));
            assert_eq!(object["features"][0]["decimals"], 2, "{data}");
            assert_eq!(object["features"][1]["decimals"], 1, "{data}");
            for options in ["", "--clip"] {
                let text = prints(&folder, &format!("sample m.npz -n 1000 {options}"));
                assert_eq!(printed_decimals(&text, 0), 2, "{data}");
                assert_eq!(printed_decimals(&text, 1), 1, "{data}");
            }
        }
    }
}

/// Whether a number is a date YYYYMMDD of the calendar.
fn is_date(number: f64) -> bool {
    let (year, month, day) =
        ((number / 1e4).floor(), (number / 100.0).floor() % 100.0, number % 100.0);
    let is_leap = year % 4.0 == 0.0 && (year % 100.0 != 0.0 || year % 400.0 == 0.0);
    let length = match month as u32 {
        2 => 28.0 + f64::from(u8::from(is_leap)),
        4 | 6 | 9 | 11 => 30.0,
        1..=12 => 31.0,
        _ => 0.0,
    };
    number.fract() == 0.0 && (1.0..=length).contains(&day)
}

/// Writes sales on days of 2019 to 2021 as text and as an array.
fn sales(folder: &TempDir) {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut text = String::from("day,amount\n");
    let mut rows = Array2::zeros((400, 2));
    for row in 0..400 {
        let month = rng.gen_range(0..12);
        let day = rng.gen_range(1..=lengths[month]);
        let date = (2019 + rng.gen_range(0..3)) * 10_000 + (month as i32 + 1) * 100 + day;
        let amount: f64 =
            (100.0 * rng.sample::<f64, _>(Normal::new(50.0, 9.0).unwrap())).round() / 100.0;
        text += &format!("{date},{amount}\n");
        rows[[row, 0]] = f64::from(date);
        rows[[row, 1]] = amount;
    }
    write(folder, "sales.csv", text);
    ndarray_npy::write_npy(folder.path().join("sales.npy"), &rows).unwrap();
}

#[test]
fn sampled_days_exist() {
    let folder = folder();
    sales(&folder);
    let mut found: Vec<(Value, String)> = Vec::new();
    for (data, is_streamed) in
        [("sales.csv", false), ("sales.npy", false), ("sales.csv", true), ("sales.npy", true)]
    {
        let name = if data == "sales.npy" { "x1" } else { "day" };
        let source = if is_streamed { "- --memory 64MB" } else { data };
        let fit = format!("fit {source} -k 2 --covariance diag --n-init 2 -o m.npz --json");
        let mut command = mixlab(&folder);
        command.args(words(&fit));
        if is_streamed {
            command.write_stdin(std::fs::read(folder.path().join(data)).unwrap());
        }
        let assert = command.assert().success();
        let message = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
        let expected = format!(
            "column \"{name}\" is read as dates YYYYMMDD (--numeric {name} keeps it a number)"
        );
        assert_eq!(message.matches(&expected).count(), 1, "{message}");
        let object: Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
        let text = prints(&folder, "sample m.npz -n 3000 --seed 5");
        for line in text.lines().skip(1) {
            let day: f64 = line.split(',').next().unwrap().parse().unwrap();
            assert!(is_date(day), "{data}: {line}");
        }
        found.push((object["log_likelihood"].clone(), text.split_once('\n').unwrap().1.to_owned()));
    }
    assert!(
        found.iter().all(|one| *one == found[0]),
        "{:?}",
        found.iter().map(|(l, _)| l).collect::<Vec<_>>()
    );
    prints(&folder, "sample m.npz -n 50 --round none --clip none -o s.csv");
    assert!(column(&folder, "s.csv", 0).into_iter().all(is_date));
    let text = prints(&folder, "info m.npz");
    assert!(text.contains("x1: dates YYYYMMDD from 2019-01-"), "{text}");
    assert!(text.contains(" days"), "{text}");
    let object = json(&folder, &words("info m.npz --json"));
    assert_eq!(object["features"][0]["kind"], "date-yyyymmdd");
    assert!(is_date(object["features"][0]["range"][1].as_f64().unwrap()));
}

#[test]
fn models_read_and_write_dates_as_in_the_data() {
    let folder = folder();
    sales(&folder);
    prints(&folder, "fit sales.csv -k 2 --n-init 2 -o m.npz");
    prints(&folder, "predict m.npz sales.csv -o p.csv");
    assert_eq!(column(&folder, "p.csv", 0), column(&folder, "sales.csv", 0));
    let scored = json(&folder, &words("score m.npz sales.csv --json"));
    let again = json(&folder, &words("fit sales.csv --start m.npz --max-iter 1 --tol 0 --json"));
    let mean = scored["mean_log_density"].as_f64().unwrap();
    assert!((mean * 400.0 / again["log_likelihood"].as_f64().unwrap() - 1.0).abs() < 1e-3);
    prints(&folder, "score m.npz sales.csv --anomalies 2% -o a.csv");
    assert!(column_of_text(&folder, "a.csv", 1).into_iter().all(is_date));
    write(&folder, "bad.csv", "day,amount\n20190105,50\n20190229,50\n");
    let words_of_error = ["bad.csv, row 2: 20190229 in \"day\" is not a date"];
    fails(&folder, &words("predict m.npz bad.csv"), 2, &words_of_error);
    fails(&folder, &words("score m.npz bad.csv"), 2, &words_of_error);
    fails(&folder, &words("predict m.npz sales.csv --numeric day"), 2, &["fit again"]);
    fails(&folder, &words("fit bad.csv --date day"), 2, &words_of_error);
    // as numbers on request, and without a message
    let message = says(&folder, "fit sales.csv --numeric day -k 1 -o n.npz");
    assert!(!message.contains("YYYYMMDD"), "{message}");
    assert_eq!(json(&folder, &words("info n.npz --json"))["features"][0]["kind"], "numeric");
    assert!(
        says(&folder, "fit sales.csv --date day -k 1")
            .lines()
            .all(|line| !line.contains("YYYYMMDD"))
    );
    // both tables are read as dates, or none
    prints(&folder, "sample m.npz -n 400 -o s.csv");
    let text = prints(&folder, "compare sales.csv s.csv");
    assert!(text.contains("day     2020-") || text.contains(" 2020-"), "{text}");
}

/// Reads the numbers of a column of a table with texts.
fn column_of_text(folder: &TempDir, name: &str, index: usize) -> Vec<f64> {
    let text = std::fs::read_to_string(folder.path().join(name)).unwrap();
    let value = |line: &str| line.split(',').nth(index).unwrap().parse().unwrap();
    text.lines().skip(1).map(value).collect()
}
