//! Shapes of columns: `fit --shape` and `--purpose samples`, and what other commands do with such models.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::Normal;
use tempfile::TempDir;

use super::{fails, folder, json, mixlab, prints, says, words, write};

/// Writes prices in steps of 5 with a few cheap ones, days of rain of which many are 0, ratings, and a text.
fn table(folder: &TempDir) {
    let rng = &mut ChaCha8Rng::seed_from_u64(6);
    let mut text = String::from("price,rain,rating,shop\n");
    for _ in 0..600 {
        let is_large = rng.gen_bool(0.4);
        let z: f64 = rng.sample(Normal::new(if is_large { 1.0 } else { -0.3 }, 0.7).unwrap());
        let price = (200.0 * z.exp() / 5.0).round() * 5.0 + 5.0;
        let rain =
            if rng.gen_bool(if is_large { 0.2 } else { 0.6 }) { 0.0 } else { (2.0 * z).exp() };
        let rating = [1, 2, 5][rng.gen_range(0..3)];
        let shop = if is_large { "city" } else { "village" };
        text += &format!("{price},{rain:.2},{rating},{shop}\n");
    }
    write(folder, "x.csv", text);
}

fn column(folder: &TempDir, name: &str, index: usize) -> Vec<f64> {
    let text = std::fs::read_to_string(folder.path().join(name)).unwrap();
    let fields = text.lines().skip(1).map(|line| line.split(',').nth(index).unwrap());
    fields.map(|field| field.parse().unwrap()).collect()
}

#[test]
fn samples_have_the_steps_spikes_and_values_of_the_table() {
    let folder = folder();
    table(&folder);
    let said = says(&folder, "fit x.csv --purpose samples -k 1,4,8 -o m.npz");
    for words in [
        "shapes of columns: log of price, rain; spikes of rain; values of rating as categories",
        "--shape auto,COLUMN=none",
        "the lowest AIC",
        "--purpose clusters",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    prints(&folder, "sample m.npz -n 20000 -o s.csv");
    let share = |name: &str, at: usize, is: &dyn Fn(f64) -> bool| {
        let values = column(&folder, name, at);
        values.iter().filter(|&&value| is(value)).count() as f64 / values.len() as f64
    };
    assert_eq!(share("s.csv", 0, &|price| price % 5.0 == 0.0 && price > 0.0), 1.0);
    let cases: [(usize, &dyn Fn(f64) -> bool); 3] =
        [(1, &|rain| rain == 0.0), (2, &|rating| rating == 5.0), (0, &|price| price > 400.0)];
    for (at, is) in cases {
        // five standard errors of 600 rows
        let difference = share("s.csv", at, is) - share("x.csv", at, is);
        assert!(difference.abs() < 0.1, "{at}: {difference}");
    }
    assert!(column(&folder, "s.csv", 2).iter().all(|rating| [1.0, 2.0, 5.0].contains(rating)));
    // rain depends on the shop
    prints(&folder, "sample m.npz -n 4000 --given shop=city -o city.csv");
    assert!(
        share("city.csv", 1, &|rain| rain == 0.0) < share("s.csv", 1, &|rain| rain == 0.0) - 0.1
    );
    // and everything else on a spike
    prints(&folder, "sample m.npz -n 4000 --given rain=0 -o dry.csv");
    assert!(column(&folder, "dry.csv", 1).iter().all(|&rain| rain == 0.0));
    let text = std::fs::read_to_string(folder.path().join("dry.csv")).unwrap();
    assert!(text.matches("village").count() > 2600);
}

#[test]
fn models_with_shapes_are_described_scored_filled_and_drawn() {
    let folder = folder();
    table(&folder);
    prints(&folder, "fit x.csv --shape auto --standardize -k 3 --covariance diag -o m.npz");
    let text = prints(&folder, "info m.npz");
    for words in ["rain exactly 0", "rating: 5", "shapes of columns: log of price", "of spikes"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let info = json(&folder, &["info", "m.npz", "--json"]);
    assert_eq!(info["shapes"][0]["shape"], "log");
    assert_eq!(info["spikes"][0]["values"][0], 0.0);
    let levels = &info["categories"][0]["levels"];
    assert_eq!(*levels, serde_json::json!(["1", "2", "5"]));
    // what is expected is that of samples
    let given = prints(&folder, "given m.npz shop=city");
    prints(&folder, "sample m.npz -n 50000 --given shop=city --round none --clip none -o city.csv");
    let prices = column(&folder, "city.csv", 0);
    let mean = prices.iter().sum::<f64>() / prices.len() as f64;
    let rain = column(&folder, "city.csv", 1);
    let dry = rain.iter().filter(|&&rain| rain == 0.0).count() as f64 / rain.len() as f64;
    let number = |name: &str, after: &str| -> f64 {
        let line = given.lines().find(|line| line.trim_start().starts_with(name)).unwrap();
        let (_, rest) = line.split_once(after).unwrap();
        rest.split_whitespace().next().unwrap().parse().unwrap()
    };
    assert!((number("price", "price") / mean - 1.0).abs() < 0.05, "{given} {mean}");
    assert!((number("rain", "exactly 0") / 100.0 - dry).abs() < 0.02, "{given} {dry}");
    let output = json(&folder, &["given", "m.npz", "shop=city", "--json"]);
    assert!((output["mean"][0].as_f64().unwrap() / mean - 1.0).abs() < 0.02);
    assert!(output["covariance"].is_null());
    let scores = prints(&folder, "score m.npz x.csv");
    assert_eq!(scores.lines().count(), 601);
    write(&folder, "holes.csv", "price,rain,rating,shop\n,0,,city\n250,,1,\n95,1.5,2,village\n");
    let filled = prints(&folder, "impute m.npz holes.csv");
    let lines: Vec<&str> = filled.lines().collect();
    assert_eq!(lines[3], "95,1.5,2,village");
    let fields: Vec<&str> = lines[1].split(',').collect();
    assert!(fields[0].parse::<f64>().unwrap() > 100.0, "{filled}");
    assert!(["1", "2", "5"].contains(&fields[2]) && fields[1] == "0", "{filled}");
    #[cfg(feature = "plot")]
    {
        prints(&folder, "plot pairs m.npz x.csv -o pairs.svg");
        let drawn = std::fs::read_to_string(folder.path().join("pairs.svg")).unwrap();
        assert!(drawn.contains("price (log)"));
        prints(&folder, "plot categories m.npz -o bars.png");
    }
}

#[test]
fn shapes_that_a_column_cannot_have_are_refused() {
    let folder = folder();
    table(&folder);
    for (arguments, expected) in [
        ("--shape cost=log", &["\"cost\"", "price,rain,rating,shop"][..]),
        ("--shape shop=log", &["\"shop\" is a category"]),
        ("--shape price=levels --pca 1", &["\"price\"", "1 to 1000", "price=none' keeps it"]),
    ] {
        let command = format!("fit x.csv {arguments}");
        fails(&folder, &words(&command), 2, expected);
    }
    prints(&folder, "fit x.csv -k 1 -o m.npz");
    for arguments in
        ["--shape sqrt", "--shape log,none", "--purpose rows", "--start m.npz --shape auto"]
    {
        let command = format!("fit x.csv {arguments}");
        mixlab(&folder).args(words(&command)).assert().code(2);
    }
    prints(&folder, "fit x.csv -k 1 --shape price=log -o m.npz");
    let given = words("given m.npz price=100..200");
    fails(&folder, &given, 2, &["without shapes"]);
}
