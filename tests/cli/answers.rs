//! Commands that apply a model: `predict`, `score`, `info`, `plot`.

use std::fs;

use mixlab::ModelFile;
use mixlab::table::read_table;

use super::{fails, json, mixlab, prints, surveyed, words, write};

#[test]
fn predictions_follow_the_columns_of_the_data() {
    let folder = surveyed();
    let text = prints(&folder, "predict survey.npz survey.csv --proba");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "id,name,age,income,spending,visits,component,p0,p1,p2,p3");
    assert!(lines[1].starts_with("0001,\"Customer, 0\","), "{}", lines[1]);
    assert_eq!(lines.len(), 401);
    let file = ModelFile::load(&folder.path().join("survey.npz")).unwrap();
    let labels = file.pipeline.try_predict(&mixlab::datasets::survey().records).unwrap();
    let only = prints(&folder, "predict survey.npz survey.csv --only");
    let expected: Vec<String> = labels.iter().map(usize::to_string).collect();
    assert_eq!(only.lines().skip(1).collect::<Vec<_>>(), expected);

    // in a file the labels are integers for NumPy, and a summary is printed
    let summary = prints(&folder, "predict survey.npz survey.csv -o labels.npy");
    assert!(summary.contains("share in %"), "{summary}");
    let npy = read_table(&folder.path().join("labels.npy")).unwrap().records;
    assert!(npy.column(0).iter().zip(&labels).all(|(a, &b)| *a == b as f64));
    let bytes = fs::read(folder.path().join("labels.npy")).unwrap();
    assert!(String::from_utf8_lossy(&bytes[..80]).contains("'descr': '<i8'"));
}

#[test]
fn predictions_as_json_have_the_documented_keys() {
    let folder = surveyed();
    let object = json(&folder, &words("predict survey.npz survey.csv --proba --json"));
    assert_eq!((&object["n_samples"], &object["n_components"]), (&400.into(), &4.into()));
    let counts: u64 = object["counts"].as_array().unwrap().iter().filter_map(|n| n.as_u64()).sum();
    assert_eq!(counts, 400);
    assert_eq!(object["rows"][399], 400);
    let first: f64 =
        object["probabilities"][0].as_array().unwrap().iter().filter_map(|p| p.as_f64()).sum();
    assert!((first - 1.0).abs() < 1e-12);
}

#[test]
fn columns_are_found_by_name_or_without_names_by_position() {
    let folder = surveyed();
    let expected = prints(&folder, "predict survey.npz survey.csv --only");
    let rows = mixlab::datasets::survey().records;
    let table = |names: Option<&str>, order: [usize; 4]| {
        let line = |row: ndarray::ArrayView1<'_, f64>| {
            order.map(|column| row[column].to_string()).join(";")
        };
        let lines: Vec<String> = rows.rows().into_iter().map(line).collect();
        names.map_or(String::new(), |names| format!("{names}\n")) + &lines.join("\n")
    };
    write(&folder, "turned.csv", table(Some("visits;spending;income;age"), [3, 2, 1, 0]));
    write(&folder, "bare.txt", table(None, [0, 1, 2, 3]).replace(';', " "));
    for data in ["turned.csv", "bare.txt"] {
        assert_eq!(
            prints(&folder, &format!("predict survey.npz {data} --only")),
            expected,
            "{data}"
        );
    }
    write(&folder, "other.csv", "a,b\n1,2\n");
    fails(&folder, &words("predict survey.npz other.csv"), 2, &["no column \"age\""]);
    write(&folder, "narrow.csv", "1,2\n3,4\n");
    fails(&folder, &words("predict survey.npz narrow.csv"), 2, &["no column \"age\""]);
    let expected = ["4 columns are expected (age, income, spending, visits), and the data have 1"];
    fails(&folder, &words("predict survey.npz survey.csv --columns age"), 2, &expected);
}

#[test]
fn anomalies_are_written_with_row_numbers_and_anomalous_columns() {
    let folder = surveyed();
    let mut text = fs::read_to_string(folder.path().join("survey.csv")).unwrap();
    text += "0401,Midas,45,999,20,3\n,,,,,\n";
    write(&folder, "more.csv", text);
    let text = prints(&folder, "score survey.npz more.csv --drop-missing --anomalies 1%");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "row,id,name,age,income,spending,visits,log_density,anomalous_columns");
    // one per cent of 401 rows, the lowest log-density first
    assert_eq!(lines.len(), 1 + 4);
    assert!(lines[1].starts_with("401,0401,Midas,45,999,20,3,-"), "{}", lines[1]);
    let why = lines[1].rsplit_once(",\"").map_or(lines[1], |(_, why)| why);
    assert!(why.contains("income +"), "{why}");

    let arguments = "score survey.npz more.csv --drop-missing --threshold=-1000 --json";
    let object = json(&folder, &words(arguments));
    assert_eq!((&object["n_samples"], &object["n_anomalies"]), (&401.into(), &1.into()));
    let anomaly = &object["anomalies"][0];
    assert_eq!(anomaly["row"], 401);
    assert_eq!(anomaly["anomalous_columns"][0]["name"], "income");
    assert_eq!(anomaly["anomalous_columns"][0]["value"], 999.0);
    assert!(anomaly["log_density"].as_f64().unwrap() < -1000.0);
    // a threshold below all rows finds none
    let none = prints(&folder, "score survey.npz survey.csv --threshold=-1e9");
    assert_eq!(none.lines().count(), 1);
}

#[test]
fn scores_are_log_densities_of_the_model() {
    let folder = surveyed();
    let text = prints(&folder, "score survey.npz survey.csv --only");
    let file = ModelFile::load(&folder.path().join("survey.npz")).unwrap();
    let expected = file.pipeline.score_samples(&mixlab::datasets::survey().records).unwrap();
    let scores: Vec<f64> = text.lines().skip(1).map(|line| line.parse().unwrap()).collect();
    assert_eq!(scores, expected.to_vec());
    prints(&folder, "score survey.npz survey.csv -o scores.npy");
    let npy = read_table(&folder.path().join("scores.npy")).unwrap().records;
    assert_eq!(npy.column(0).to_vec(), scores);
    let summary = prints(&folder, "score survey.npz survey.csv --anomalies 0.04 -o found.tsv");
    assert!(summary.contains("anomalous rows"), "{summary}");
    let found = fs::read_to_string(folder.path().join("found.tsv")).unwrap();
    assert!(found.lines().count() == 17 && found.starts_with("row\tid\t"), "{found}");
}

#[test]
fn info_describes_a_model_in_the_units_of_the_data() {
    let folder = surveyed();
    insta::assert_snapshot!("info", prints(&folder, "info survey.npz"));
    let object = json(&folder, &words("info survey.npz --json"));
    assert_eq!((&object["n_components"], &object["standardized"]), (&4.into(), &true.into()));
    assert_eq!(object["features"][0]["name"], "age");
    assert_eq!(object["fit"]["tried"].as_array().unwrap().len(), 12);
    assert_eq!(object["means"].as_array().unwrap().len(), 4);
    let file = ModelFile::load(&folder.path().join("survey.npz")).unwrap();
    assert_eq!(object["means"][2][1], file.pipeline.means()[[2, 1]]);
}

#[test]
#[cfg(feature = "plot")]
fn plots_of_every_kind_are_written_as_png_svg_and_pdf() {
    let folder = surveyed();
    for (arguments, panels) in [
        ("plot pairs survey.npz --show age -o p.png", (1, 1)),
        ("plot uncertainty survey.npz survey.csv --show age,income -o p.png", (1, 1)),
        ("plot density survey.npz --show age,income,visits -o p.png", (2, 2)),
        ("plot boundaries survey.npz survey.csv --show visits,age -o p.png", (1, 1)),
        ("plot criterion survey.npz -o p.png", (1, 1)),
        ("plot criterion survey.npz --criterion aic -o p.png", (1, 1)),
    ] {
        prints(&folder, arguments);
        let png = fs::read(folder.path().join("p.png")).unwrap();
        let side = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
        // twice the nominal size of a chart, and beside it a scale or a legend
        let charts = 880 * panels.0;
        assert!((charts..charts + 260 * panels.0).contains(&side(16)), "{arguments}: {}", side(16));
        // a legend takes up to three lines
        let legend = side(20) - 720 * panels.1;
        assert!([0, 40, 80, 120].contains(&legend), "{arguments}: {legend}");
        prints(&folder, &arguments.replace("p.png", "p.svg"));
        assert!(fs::read_to_string(folder.path().join("p.svg")).unwrap().contains("</svg>"));
        prints(&folder, &arguments.replace("p.png", "p.pdf"));
        assert!(fs::read(folder.path().join("p.pdf")).unwrap().starts_with(b"%PDF-"));
    }
    // each pair of columns once with rows and once with a density, under shared axes
    let svg = |arguments: &str| {
        prints(&folder, arguments);
        fs::read_to_string(folder.path().join("p.svg")).unwrap()
    };
    let pairs = svg("plot pairs survey.npz survey.csv -o p.svg");
    for name in ["income", "spending", "visits"] {
        assert_eq!(pairs.matches(&format!(">{name}</text>")).count(), 2, "{name}");
    }
    assert_eq!(pairs.matches(">component 1</text>").count(), 1);
    assert!(pairs.contains("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>"));
    let dark = svg("plot pairs survey.npz survey.csv --dark -o p.svg");
    assert!(dark.contains("<rect width=\"100%\" height=\"100%\" fill=\"#1"), "{}", &dark[..400]);
    for (arguments, expected) in [
        (
            "plot pairs survey.npz -o p.jpg",
            "p.jpg, but it must be one that ends in .png, .svg or .pdf",
        ),
        ("plot missing survey.npz -o q.png", "needs rows; name a table after the model"),
        ("plot posteriors survey.npz -o q.png", "the model has no categories"),
        (
            "plot pairs survey.npz --show age,size -o q.png",
            "no column \"size\"; it has age, income",
        ),
        ("plot pairs survey.npz --show age,age -o q.png", "columns"),
        ("plot means survey.npz -o q.png", "models of images only"),
        ("plot criterion survey.npz survey.csv -o q.png", "survey.csv is not used"),
        ("plot pairs survey.npz survey.csv -o survey.npz", "one that ends in .png"),
    ] {
        fails(&folder, &words(arguments), 2, &[expected]);
    }
    prints(&folder, "fit survey.csv --columns age -k 2 --covariance full -o one.npz");
    fails(&folder, &words("plot criterion one.npz -o q.png"), 2, &["not chosen by a search"]);
    prints(&folder, "plot density one.npz -o q.png");
}

#[test]
fn inputs_are_not_overwritten() {
    let folder = surveyed();
    let before = fs::read(folder.path().join("survey.csv")).unwrap();
    for command in ["predict", "score"] {
        let over = format!("{command} survey.npz survey.csv -o survey.csv");
        fails(&folder, &words(&over), 2, &["survey.csv is an input"]);
        let format = format!("{command} survey.npz survey.csv -o rows.xls");
        fails(&folder, &words(&format), 2, &["rows.xls", ".csv, .tsv, .txt"]);
        let missing = format!("{command} none.npz survey.csv");
        fails(&folder, &words(&missing), 2, &["none.npz: No such file"]);
    }
    assert_eq!(fs::read(folder.path().join("survey.csv")).unwrap(), before);
    mixlab(&folder).args(words("score survey.npz survey.csv --anomalies 4")).assert().code(2);
}

#[test]
fn rows_far_from_all_components_have_finite_answers() {
    let folder = surveyed();
    let mut far = String::from("age,income,spending,visits\n");
    for value in ["1e20", "-3.4028235e38", "1e150", "1e300", "-1e300", "1.7976931348623157e308"] {
        far += &format!("{value},50,50,3\n");
    }
    write(&folder, "far.csv", far);
    let answers = prints(&folder, "predict survey.npz far.csv --proba --only");
    for line in answers.lines().skip(1) {
        let posteriors = line.split(',').skip(1).map(|number| number.parse::<f64>().unwrap());
        assert!((posteriors.sum::<f64>() - 1.0).abs() < 1e-12, "{line}");
    }
    let object = json(&folder, &words("score survey.npz far.csv --json"));
    assert!(object["mean_log_density"].is_number(), "{object}");
    assert!(object["log_density"].as_array().unwrap().iter().all(serde_json::Value::is_number));
    // no number has more than 17 significant digits
    let text = prints(&folder, "score survey.npz far.csv --anomalies 100%");
    assert!(text.lines().all(|line| line.len() < 400), "{text}");
}

#[test]
fn a_dash_is_standard_output() {
    let folder = surveyed();
    for command in
        ["predict survey.npz survey.csv", "score survey.npz survey.csv", "sample survey.npz"]
    {
        let dash = format!("{command} -o -");
        assert_eq!(prints(&folder, &dash), prints(&folder, command), "{command}");
        assert!(!folder.path().join("-").exists());
    }
}
