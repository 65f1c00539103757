//! Formats of files: those that are read as tables and images, and those that are refused by name.

use std::fs;
use std::io::{Cursor, Write};

use mixlab::{ImageReader, ModelFile};
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{fails, folder, json, mixlab, prints, words, write};

/// A `.npy` file.
fn npy(descr: &str, shape: &str, content: &[u8]) -> Vec<u8> {
    let quoted = if descr.starts_with('[') { descr.to_owned() } else { format!("'{descr}'") };
    let header = format!("{{'descr': {quoted}, 'fortran_order': False, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(content);
    bytes
}

fn floats(numbers: &[f64]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn integers(numbers: &[usize]) -> Vec<u8> {
    numbers.iter().flat_map(|&number| (number as i32).to_le_bytes()).collect()
}

fn zip(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Runs a command that must succeed, and returns its standard error.
fn notes(folder: &TempDir, arguments: &str) -> String {
    let assert = mixlab(folder).args(words(arguments)).assert().success();
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

const N_ROWS: usize = 60;
const N_COLUMNS: usize = 6;

/// A matrix in which more than half of the values are zero.
fn sparse(row: usize, column: usize) -> f64 {
    let at = row * row * 3 + row * 7 + column * 11 + row / 4;
    if at % 7 < 3 { (at % 11) as f64 + 1.0 } else { 0.0 }
}

/// Writes the matrix in SciPy's sparse formats, and as a dense array.
fn write_sparse(folder: &TempDir) {
    let dense: Vec<f64> =
        (0..N_ROWS * N_COLUMNS).map(|at| sparse(at / N_COLUMNS, at % N_COLUMNS)).collect();
    write(folder, "dense.npy", npy("<f8", &format!("({N_ROWS}, {N_COLUMNS})"), &floats(&dense)));
    let entries = |by_column: bool| -> Vec<(usize, usize, f64)> {
        let all = (0..N_ROWS).flat_map(|i| (0..N_COLUMNS).map(move |j| (i, j, sparse(i, j))));
        let mut entries: Vec<_> = all.filter(|entry| entry.2 != 0.0).collect();
        if by_column {
            entries.sort_by_key(|&(row, column, _)| (column, row));
        }
        entries
    };
    let archive = |format: &str, data: Vec<u8>, others: &[(&str, Vec<u8>)]| {
        let format_array = npy(&format!("|S{}", format.len()), "()", format.as_bytes());
        let mut files = vec![
            ("format.npy", format_array),
            ("shape.npy", npy("<i4", "(2,)", &integers(&[N_ROWS, N_COLUMNS]))),
            ("data.npy", data),
        ];
        files.extend(others.iter().cloned());
        write(folder, &format!("{format}.npz"), zip(&files));
    };
    let array =
        |numbers: &[usize]| npy("<i4", &format!("({},)", numbers.len()), &integers(numbers));
    let column = |numbers: &[f64]| npy("<f8", &format!("({},)", numbers.len()), &floats(numbers));
    for (format, by_column) in [("csr", false), ("csc", true), ("coo", true)] {
        let entries = entries(by_column);
        let rows: Vec<usize> = entries.iter().map(|entry| entry.0).collect();
        let columns: Vec<usize> = entries.iter().map(|entry| entry.1).collect();
        let values: Vec<f64> = entries.iter().map(|entry| entry.2).collect();
        let (outer, inner, n) =
            if by_column { (&columns, &rows, N_COLUMNS) } else { (&rows, &columns, N_ROWS) };
        let begins: Vec<usize> =
            (0..=n).map(|end| outer.iter().filter(|&&at| at < end).count()).collect();
        let others = match format {
            "coo" => [("row.npy", array(&rows)), ("col.npy", array(&columns))],
            _ => [("indptr.npy", array(&begins)), ("indices.npy", array(inner))],
        };
        archive(format, column(&values), &others);
    }
    // blocks of 2 x 3, all present
    let blocks: Vec<f64> = (0..N_ROWS * N_COLUMNS)
        .map(|at| {
            let (block, inner) = (at / 6, at % 6);
            sparse(block / 2 * 2 + inner / 3, block % 2 * 3 + inner % 3)
        })
        .collect();
    let begins: Vec<usize> = (0..=N_ROWS / 2).map(|row| 2 * row).collect();
    let indices: Vec<usize> = (0..N_ROWS).map(|block| block % 2).collect();
    let data = npy("<f8", &format!("({N_ROWS}, 2, 3)"), &floats(&blocks));
    archive("bsr", data, &[("indptr.npy", array(&begins)), ("indices.npy", array(&indices))]);
    // every diagonal
    let offsets: Vec<i64> = (1 - N_ROWS as i64..N_COLUMNS as i64).collect();
    let value = |offset: i64, column: usize| {
        let row = column as i64 - offset;
        if (0..N_ROWS as i64).contains(&row) { sparse(row as usize, column) } else { 99.0 }
    };
    let diagonals: Vec<f64> = offsets
        .iter()
        .flat_map(|&offset| (0..N_COLUMNS).map(move |column| value(offset, column)))
        .collect();
    let data = npy("<f8", &format!("({}, {N_COLUMNS})", offsets.len()), &floats(&diagonals));
    let bytes: Vec<u8> = offsets.iter().flat_map(|&offset| (offset as i32).to_le_bytes()).collect();
    archive("dia", data, &[("offsets.npy", npy("<i4", &format!("({},)", offsets.len()), &bytes))]);
    archive("dok", column(&[1.0]), &[]);
}

#[test]
fn sparse_matrices_are_read_as_their_dense_rows() {
    let folder = folder();
    write_sparse(&folder);
    let options = "-k 2 --covariance diag --n-init 2 --json";
    let fit = |data: &str| json(&folder, &words(&format!("fit {data} {options}")))["bic"].clone();
    let expected = fit("dense.npy");
    prints(&folder, "fit dense.npy -k 2 --covariance diag -o m.npz");
    let labels = prints(&folder, "predict m.npz dense.npy");
    for format in ["csr", "csc", "coo", "bsr", "dia"] {
        let name = format!("{format}.npz");
        assert_eq!(fit(&name), expected, "{format}");
        assert_eq!(prints(&folder, &format!("predict m.npz {name}")), labels, "{format}");
        // from standard input, and streamed
        let input = fs::read(folder.path().join(&name)).unwrap();
        let arguments = format!("fit - --memory 1GB {options}");
        let assert = mixlab(&folder).args(words(&arguments)).write_stdin(input).assert().success();
        let output = &assert.get_output().stdout;
        let object: serde_json::Value = serde_json::from_slice(output).unwrap();
        let (bic, expected) = (object["bic"].as_f64().unwrap(), expected.as_f64().unwrap());
        assert!((bic - expected).abs() < 1e-6 * expected.abs(), "{format}: {bic}");
    }
    fails(&folder, &words("fit dok.npz"), 2, &["dok.npz", "format \"dok\"", "tocsr()"]);
}

#[test]
fn archives_that_hold_no_table_are_refused_with_the_reason() {
    let folder = folder();
    let numbers = || npy("<f8", "(2,)", &floats(&[1.0, 2.0]));
    write(&folder, "two.npz", zip(&[("train.npy", numbers()), ("test.npy", numbers())]));
    fails(&folder, &words("fit two.npz"), 2, &["\"train\", \"test\"", "numpy.save"]);
    write(&folder, "objects.npz", zip(&[("a.npy", npy("|O", "(1,)", b"pickle"))]));
    fails(&folder, &words("fit objects.npz"), 2, &["array \"a\"", "Python objects", "pickle"]);
    prints(&folder, "fit dataset:moons -k 1 -o m.npz");
    fails(&folder, &words("fit m.npz"), 2, &["a fitted model, not data"]);
}

#[test]
fn arrays_of_images_are_images() {
    let folder = folder();
    // 60 images of 3 x 2 pixels
    let pixels: Vec<u8> = (0..60 * 6).map(|at| (at * 37 % 251) as u8).collect();
    write(&folder, "images.npy", npy("|u1", "(60, 3, 2)", &pixels));
    write(&folder, "rows.npy", npy("|u1", "(60, 6)", &pixels));
    let note = "images.npy: the array is read as 60 images of 3 x 2 pixels";
    let written = notes(&folder, "fit images.npy -k 1 --covariance diag -o images.npz");
    assert_eq!(written.matches(note).count(), 1, "{written}");
    let quiet = notes(&folder, "fit images.npy -k 1 --covariance diag -o images.npz --quiet");
    assert_eq!(quiet, "");
    let shape = ModelFile::load(&folder.path().join("images.npz")).unwrap().image.unwrap();
    assert_eq!((shape.size(), shape.low, shape.high), ("3 x 2".into(), 0.0, 255.0));
    let bic = |data: &str| {
        json(&folder, &words(&format!("fit {data} -k 1 --covariance diag --json")))["bic"].clone()
    };
    assert_eq!(bic("images.npy"), bic("rows.npy"));
    // new images are written as images
    prints(&folder, "sample images.npz -n 4 -o grid.png");
    prints(&folder, "sample images.npz -n 4 -o new/");
    let files = ImageReader::files(&folder.path().join("new")).unwrap();
    let images = ImageReader::new().read(&files, &|_, _| {}).unwrap();
    assert_eq!((images.shape.height, images.shape.width), (3, 2));
    // a model of images answers for arrays and for files
    let labels = prints(&folder, "predict images.npz images.npy --only");
    assert_eq!(labels.lines().count(), 61);
    assert_eq!(prints(&folder, "predict images.npz rows.npy --only"), labels);
    assert_eq!(prints(&folder, "predict images.npz new --only").lines().count(), 5);
    prints(&folder, "compare images.npy images.npy");
}

#[test]
fn records_are_tables_with_names() {
    let folder = folder();
    let descr = "[('index', '<i8'), ('a', '<f8'), ('b', '<f4'), ('tag', '|S1')]";
    let mut content = Vec::new();
    let mut csv = String::from("a,b\n");
    for row in 0..80_i64 {
        let (a, b) = ((row * 37 % 11) as f64 / 4.0, (row * 17 % 23) as f32 / 8.0);
        content.extend(row.to_le_bytes());
        content.extend(a.to_le_bytes());
        content.extend(b.to_le_bytes());
        content.push(b'x');
        csv += &format!("{a},{b}\n");
    }
    write(&folder, "records.npy", npy(descr, "(80,)", &content));
    write(&folder, "plain.csv", csv);
    fails(
        &folder,
        &words("fit records.npy -k 1"),
        2,
        &["column \"tag\" holds text", "--exclude tag"],
    );
    let fit = "fit records.npy --exclude tag -k 1 --covariance full";
    let written = notes(&folder, &format!("{fit} -o m.npz"));
    let note = "column \"index\" numbers the rows and is not used as data";
    assert_eq!(written.matches(note).count(), 1, "{written}");
    assert!(written.contains("--columns"), "{written}");
    let file = ModelFile::load(&folder.path().join("m.npz")).unwrap();
    assert_eq!(file.feature_names(), ["a", "b"]);
    let bic =
        |arguments: &str| json(&folder, &words(&format!("{arguments} --json")))["bic"].clone();
    assert_eq!(bic(fit), bic("fit plain.csv -k 1 --covariance full"));
    // the model names its columns, so nothing is decided
    assert_eq!(notes(&folder, "predict m.npz records.npy --only"), "");
    assert_eq!(
        prints(&folder, "score m.npz records.npy"),
        prints(&folder, "score m.npz plain.csv")
    );
    prints(&folder, "compare records.npy plain.csv --exclude tag");
    prints(&folder, "fit records.npy --columns index,a -k 1 -o i.npz");
    let file = ModelFile::load(&folder.path().join("i.npz")).unwrap();
    assert_eq!(file.feature_names(), ["index", "a"]);
}

#[test]
fn an_archive_of_one_table_is_read_as_the_table() {
    let folder = folder();
    prints(&folder, "datasets export survey t.csv");
    let csv = fs::read(folder.path().join("t.csv")).unwrap();
    write(&folder, "t.csv.zip", zip(&[("t.csv", csv.clone())]));
    // the content decides, whatever the name is
    write(&folder, "t.npy", &csv);
    let fit = |data: &str| {
        json(&folder, &words(&format!("fit {data} -k 2 --covariance full --json")))["bic"].clone()
    };
    assert_eq!(fit("t.csv.zip"), fit("t.csv"));
    assert_eq!(fit("t.npy"), fit("t.csv"));
    prints(&folder, "fit t.csv.zip -k 2 --covariance full --memory 1GB -o m.npz");
    assert_eq!(prints(&folder, "predict m.npz t.csv.zip"), prints(&folder, "predict m.npz t.csv"));
    write(&folder, "two.zip", zip(&[("a.csv", csv.clone()), ("b.csv", csv)]));
    fails(&folder, &words("fit two.zip"), 2, &["\"a.csv\", \"b.csv\"", "unzip two.zip"]);
}

#[test]
fn other_formats_are_named_with_what_to_do() {
    let folder = folder();
    let workbook = zip(&[("[Content_Types].xml", Vec::new()), ("xl/workbook.xml", Vec::new())]);
    for (name, content, remedy) in [
        (
            "t.xlsx",
            workbook,
            "an Excel workbook, which mixlab does not read; save the sheet as CSV",
        ),
        ("t.json", b"[{\"a\": 1, \"b\": 2}]".to_vec(), "pandas.read_json(\"t.json\")"),
        ("t.csv.xz", b"\xfd7zXZ\0\0\x04".to_vec(), "xz -d t.csv.xz"),
        ("t.feather", b"ARROW1\0\0".to_vec(), "pandas.read_feather(\"t.feather\")"),
        ("t.csv", b"\x89PNG\r\n\x1a\n\0\0\0".to_vec(), "a PNG image"),
    ] {
        write(&folder, name, content);
        for command in ["fit NAME", "compare NAME NAME", "fit NAME --memory 1GB"] {
            fails(&folder, &words(&command.replace("NAME", name)), 2, &[name, remedy]);
        }
    }
    prints(&folder, "fit dataset:moons -k 1 -o m.npz");
    fails(&folder, &words("predict m.npz t.json"), 2, &["is JSON"]);
    fails(&folder, &words("score m.npz t.xlsx"), 2, &["an Excel workbook"]);
}

#[test]
#[cfg(feature = "images")]
fn images_in_folders_within_a_folder_are_mentioned() {
    let folder = folder();
    prints(&folder, "datasets export digits all/");
    for (name, images) in [("in/a", 1..30), ("in/b", 30..60)] {
        fs::create_dir_all(folder.path().join(name)).unwrap();
        for image in images {
            let file = format!("{image:04}.png");
            let to = folder.path().join(name).join(&file);
            fs::copy(folder.path().join("all").join(&file), to).unwrap();
        }
    }
    let remedy = ["2 folders within it hold 59 images", "'in/**/*.png'"];
    fails(&folder, &words("fit in --pca 3 -k 1"), 2, &remedy);
    let fit = prints(&folder, "fit in/**/*.png --pca 3 -k 1 --covariance diag");
    assert!(fit.starts_with("59 rows x 64 features"), "{fit}");
    fs::copy(folder.path().join("all/0070.png"), folder.path().join("in/new.png")).unwrap();
    fs::copy(folder.path().join("all/0072.png"), folder.path().join("in/other.png")).unwrap();
    fs::write(folder.path().join("in/._new.png"), "not an image").unwrap();
    let written = notes(&folder, "fit in --pca 1 -k 1 --covariance diag");
    let note =
        "in: the images in the folder itself are read (2); 2 folders within it hold 59 images";
    assert!(written.contains(note), "{written}");
    assert_eq!(notes(&folder, "fit in --pca 1 -k 1 --covariance diag --quiet"), "");
}
