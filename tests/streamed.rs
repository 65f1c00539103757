//! Fits to rows that stay in their file equal fits to rows in memory.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use approx::assert_relative_eq;
use mixlab::prelude::*;
use mixlab::table::{StreamedTable, TableReader, read_table, write_table};
use mixlab::{
    Column, Error, MemoryBudget, NoObserver, Pipeline, RowSource, ShapeChoice, Tails,
    WithMemoryBudget,
};
use ndarray::{Array1, Array2, ShapeBuilder, s};
use ndarray_npy::write_npy;
use tempfile::TempDir;

/// Number of rows: more than k-means uses, in more blocks than a pass has parts, with an incomplete last block.
const N_ROWS: usize = 40_007;

/// Draws rows from three Gaussians in three dimensions, far from the origin.
fn rows() -> Array2<f64> {
    let model = GaussianMixture::new(
        Array1::from(vec![0.5, 0.3, 0.2]),
        ndarray::array![[100.0, 0.0, -5.0], [103.0, 2.0, -5.0], [100.0, 5.0, -2.0]],
        CovarianceType::Diag,
        ndarray::array![[1.0, 0.5, 2.0], [0.3, 1.0, 1.0], [2.0, 0.7, 0.5]].into_dyn(),
    );
    model.unwrap().sample(N_ROWS, 5).0
}

fn open(path: &Path) -> StreamedTable {
    TableReader::new().open(path).unwrap()
}

/// Returns a table of rows in a file, and its temporary folder.
fn stored(rows: &Array2<f64>) -> (TempDir, StreamedTable) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.npy");
    write_npy(&path, rows).unwrap();
    let table = open(&path);
    (folder, table)
}

fn assert_same(streamed: &GaussianMixture, in_memory: &GaussianMixture) {
    let near = |a: f64, b: f64| assert_relative_eq!(a, b, max_relative = 1e-10, epsilon = 1e-10);
    streamed.weights().iter().zip(in_memory.weights()).for_each(|(&a, &b)| near(a, b));
    streamed.means().iter().zip(in_memory.means()).for_each(|(&a, &b)| near(a, b));
    for component in 0..streamed.n_components() {
        let (a, b) = (streamed.covariance(component), in_memory.covariance(component));
        a.iter().zip(&b).for_each(|(&a, &b)| near(a, b));
    }
}

#[test]
fn shapes_spikes_and_levels_are_those_of_rows_in_memory() {
    let mut rows = rows();
    // complete rows, of which many have no number after the preprocessor
    for (row, mut values) in rows.rows_mut().into_iter().enumerate() {
        values[0] = if row % 3 == 0 { 0.0 } else { (0.3 * (values[0] - 100.0)).exp() };
        values[2] = f64::from((row % 4) as u8);
    }
    let (_folder, table) = stored(&rows);
    let mixture = GaussianMixture::params(2).n_init(1).covariance_type(CovarianceType::Diag);
    let params = Pipeline::params().shape(ShapeChoice::Auto).standardize(true).mixture(mixture);
    let (in_memory, _) = params.fit_with_report(&rows).unwrap();
    let (streamed, _) = params.fit_with_report(&table).unwrap();
    assert_eq!(streamed.preprocessor().shapes(), in_memory.preprocessor().shapes());
    assert_eq!(streamed.layout(), in_memory.layout());
    assert_eq!(
        (streamed.layout().spikes(0), streamed.layout().levels(2).unwrap().len()),
        (&[0.0][..], 4)
    );
    assert_same(streamed.mixture(), in_memory.mixture());
    let (a, b) = (streamed.score_samples(&table).unwrap(), in_memory.score_samples(&rows).unwrap());
    a.iter().zip(&b).for_each(|(a, b)| assert_relative_eq!(a, b, max_relative = 1e-9));
}

#[test]
fn every_family_has_the_same_fit_as_in_memory() {
    let rows = rows();
    let (_folder, table) = stored(&rows);
    assert_eq!((table.n_samples(), table.n_copied()), (N_ROWS, None));
    let gaussian = CovarianceType::EVERY.map(|one| (one, Tails::Gaussian));
    let heavy = [CovarianceType::Full, CovarianceType::Tied, CovarianceType::EVERY[14]];
    let heavy = heavy.map(|one| (one, Tails::Estimated));
    for (covariance_type, tails) in gaussian.into_iter().chain(heavy) {
        let params = GaussianMixture::params(3).covariance_type(covariance_type).n_init(3);
        let params = params.tails(tails);
        let (in_memory, expected) = params.fit_with_report(&rows).unwrap();
        let (streamed, report) = params.fit_with_report(&table).unwrap();
        assert_same(&streamed, &in_memory);
        assert_eq!(report.best, expected.best);
        for (streamed, expected) in report.restarts.iter().zip(&expected.restarts) {
            assert_eq!(streamed.n_iter(), expected.n_iter());
            let likelihoods = streamed.log_likelihoods.iter().zip(&expected.log_likelihoods);
            likelihoods.for_each(|(a, b)| assert_relative_eq!(a, b, max_relative = 1e-12));
        }
        assert_relative_eq!(
            streamed.bic(&table).unwrap(),
            in_memory.bic(&rows).unwrap(),
            max_relative = 1e-12
        );
    }
}

#[test]
fn a_search_has_the_same_result_as_in_memory() {
    let rows = rows();
    let (_folder, table) = stored(&rows);
    let search = Selection::params(1..=4)
        .covariance_types(CovarianceType::ALL)
        .mixture(GaussianMixture::params(1).n_init(2).accelerate(true).tol(1e-5));
    let in_memory = search.fit_observed(&rows, |_| {}).unwrap();
    let streamed = search.fit_observed(&table, |_| {}).unwrap();
    assert_eq!(streamed.best_index(), in_memory.best_index());
    for (streamed, in_memory) in streamed.cells().iter().zip(in_memory.cells()) {
        assert_eq!(streamed.n_components, in_memory.n_components);
        assert_eq!(streamed.covariance_type, in_memory.covariance_type);
        let (a, b) = (streamed.outcome.as_ref().unwrap(), in_memory.outcome.as_ref().unwrap());
        assert_eq!(a.report.best().n_passes, b.report.best().n_passes);
        assert_relative_eq!(a.criteria.bic, b.criteria.bic, max_relative = 1e-11);
        assert_relative_eq!(a.criteria.icl, b.criteria.icl, max_relative = 1e-9);
    }
}

#[test]
fn every_initialisation_is_the_same_as_in_memory() {
    let rows = rows();
    let (_folder, table) = stored(&rows);
    let given = GaussianMixture::params(3).max_iter(2).fit_with_report(&rows).unwrap().0;
    let inits = [
        Init::KMeans,
        Init::KMeansPlusPlus,
        Init::Rows,
        Init::Random,
        Init::Model(Box::new(given)),
    ];
    for init in inits {
        let params = GaussianMixture::params(3).init(init).max_iter(3).seed(9);
        let (in_memory, _) = params.fit_with_report(&rows).unwrap();
        let (streamed, _) = params.fit_with_report(&table).unwrap();
        assert_same(&streamed, &in_memory);
    }
}

#[test]
fn scaler_and_pca_are_the_same_as_in_memory() {
    let rows = rows();
    let (_folder, table) = stored(&rows);
    let params = Pipeline::params()
        .standardize(true)
        .pca(Pca::params(2).whiten(true))
        .mixture(GaussianMixture::params(3));
    let (in_memory, _) = params.fit_with_report(&rows).unwrap();
    let (streamed, _) = params.fit_with_report(&table).unwrap();
    assert_same(streamed.mixture(), in_memory.mixture());
    let (a, b) = (streamed.criteria(&table).unwrap(), in_memory.criteria(&rows).unwrap());
    assert_relative_eq!(a.bic, b.bic, max_relative = 1e-11);
    let scores = streamed.score_samples(&table).unwrap();
    assert_relative_eq!(scores, in_memory.score_samples(&rows).unwrap(), max_relative = 1e-9);
    let labels = streamed.try_predict(&table).unwrap();
    assert_eq!(labels, in_memory.try_predict(&rows).unwrap());
}

#[test]
fn pca_of_wide_rows_is_the_same_as_in_memory() {
    let digits = datasets::digits().records.slice(s![..300, ..]).to_owned();
    let (_folder, table) = stored(&digits);
    for components in [Pca::params(0.9), Pca::params(20).whiten(true)] {
        let params = Pipeline::params().pca(components).mixture(GaussianMixture::params(2));
        let in_memory = params.fit_preprocessor(&digits).unwrap();
        let streamed = params.fit_preprocessor(&table).unwrap();
        let (a, b) = (streamed.pca().unwrap(), in_memory.pca().unwrap());
        let (a, b) = (a.explained_variance(), b.explained_variance());
        assert_relative_eq!(a, b, max_relative = 1e-10);
    }
}

/// The same numbers in files of several formats.
#[test]
fn every_format_streams_the_rows_that_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    // numbers that 32 bits hold exactly
    let rows = rows().mapv(|value| f64::from((value * 16.0).round() as f32 / 16.0));
    let names = ["a", "b", "c"].map(String::from);
    write_npy(file("c.npy"), &rows).unwrap();
    write_npy(file("f4.npy"), &rows.mapv(|value| value as f32)).unwrap();
    let by_column = Array2::from_shape_fn(ndarray::ShapeBuilder::f((N_ROWS, 3)), |at| rows[at]);
    write_npy(file("fortran.npy"), &by_column).unwrap();
    write_table(&file("rows.csv"), rows.view(), &names).unwrap();
    let mut quoted = String::from("a,b,c\n\"");
    quoted += &fs::read_to_string(file("rows.csv")).unwrap()[6..].replacen(',', "\",", 1);
    fs::write(file("quoted.csv"), quoted).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(
        fs::File::create(file("rows.csv.gz")).unwrap(),
        flate2::Compression::fast(),
    );
    gzip.write_all(&fs::read(file("rows.csv")).unwrap()).unwrap();
    gzip.finish().unwrap();
    let mut files: Vec<PathBuf> =
        ["c.npy", "f4.npy", "fortran.npy", "rows.csv", "quoted.csv", "rows.csv.gz"]
            .map(file)
            .into();
    if cfg!(feature = "parquet") {
        let mut blocks = rows.axis_chunks_iter(ndarray::Axis(0), 7001).map(ndarray::CowArray::from);
        let path = file("rows.parquet");
        mixlab::table::write_blocks(&path, rows.dim(), &names, &mut blocks).unwrap();
        files.push(path);
    }
    let params = GaussianMixture::params(3).n_init(2).max_iter(3);
    let expected = params.fit_with_report(&rows).unwrap().0;
    for path in files {
        assert_eq!(read_table(&path).unwrap().records, rows, "{}", path.display());
        let table = open(&path);
        assert_same(&params.fit_with_report(&table).unwrap().0, &expected);
        let names: Vec<String> = table.columns().iter().map(|column| column.name.clone()).collect();
        let columns = Column::all(rows.view(), &names);
        assert_eq!(table.columns(), columns, "{}", path.display());
        let is_copied = path.to_string_lossy().contains("csv");
        assert_eq!(table.n_copied().is_some(), is_copied, "{}", path.display());
        // two of the columns, in another order
        let chosen = [names[2].clone(), names[0].clone()];
        let selected = TableReader::new().columns(chosen).open(&path).unwrap();
        let two = params.fit_with_report(&selected).unwrap().0;
        let columns = rows.select(ndarray::Axis(1), &[2, 0]);
        assert_same(&two, &params.fit_with_report(&columns).unwrap().0);
    }
}

#[test]
fn rows_with_missing_values_are_kept_or_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = rows();
    rows[[17, 1]] = f64::NAN;
    rows[[30_000, 2]] = f64::NAN;
    rows[[30_000, 0]] = f64::NAN;
    let path = folder.path().join("missing.npy");
    write_npy(&path, &rows).unwrap();
    let table = TableReader::new().open(&path).unwrap();
    assert_eq!((table.n_samples(), table.n_dropped()), (N_ROWS, 0));
    assert_eq!(table.schema().n_missing(), [1, 1, 1]);
    let table = TableReader::new().drop_missing(true).open(&path).unwrap();
    assert_eq!((table.n_samples(), table.n_dropped()), (N_ROWS - 2, 2));
    let complete: Vec<usize> = (0..N_ROWS).filter(|&row| row != 17 && row != 30_000).collect();
    let complete = rows.select(ndarray::Axis(0), &complete);
    let params = GaussianMixture::params(2).max_iter(2);
    let streamed = params.fit_with_report(&table).unwrap().0;
    assert_same(&streamed, &params.fit_with_report(&complete).unwrap().0);
}

#[test]
fn infinite_values_are_refused_in_every_way_of_reading() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let mut rows = rows().slice(s![..2000, ..]).to_owned();
    rows[[1700, 1]] = f64::INFINITY;
    rows[[1800, 0]] = f64::NEG_INFINITY;
    rows[[3, 1]] = f64::NAN;
    write_npy(file("x.npy"), &rows).unwrap();
    write_npy(file("f.npy"), &Array2::from_shape_fn(rows.dim().f(), |at| rows[at])).unwrap();
    let names = ["x1", "x2", "x3"].map(String::from);
    let mut tables = vec![("x.npy", "row 1701"), ("f.npy", "row 1701"), ("x.csv", "line 1702")];
    write_table(&file("x.csv"), rows.view(), &names).unwrap();
    if cfg!(feature = "parquet") {
        write_table(&file("x.parquet"), rows.view(), &names).unwrap();
        tables.push(("x.parquet", "row 1701"));
    }
    let reader = TableReader::new().columns(["x3", "x2"]).drop_missing(true);
    let all = TableReader::new().drop_missing(true);
    for (name, line) in tables {
        let path = file(name);
        let expected = format!("{name}, {line}, column 2: the value of \"x2\" is inf; ");
        for reader in [&reader, &all] {
            let errors = [
                reader.read(&path).unwrap_err(),
                reader.pieces(&path).unwrap().find_map(Result::err).unwrap(),
                reader.open(&path).unwrap_err(),
            ];
            for error in errors {
                assert!(matches!(error, Error::InfiniteValue { column: 2, .. }), "{error}");
                assert!(error.to_string().contains(&expected), "{error}");
            }
        }
    }
}

#[test]
fn files_that_cannot_be_streamed_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let fails = |name: &str, bytes: &[u8], words: &str| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let error = TableReader::new().open(&path).unwrap_err().to_string();
        assert!(error.contains(words) && error.contains(name), "{error}");
    };
    fails("x.npz", b"PK\x03\x04 and so on", "damaged");
    fails("x.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel");
    fails("cut.npy", b"\x93NUMPY\x01\x00", "cut off");
    fails("empty.csv", b"", "empty.csv");
    fails("text.csv", b"a,b\n1,x\n2,y\n", "\"b\"");
    assert!(matches!(TableReader::new().open("no-such".as_ref()).unwrap_err(), Error::Io { .. }));
}

#[test]
fn archives_of_arrays_are_copied_and_streamed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.npz");
    let mut archive = ndarray_npy::NpzWriter::new_compressed(fs::File::create(&path).unwrap());
    let rows = rows();
    archive.add_array("other", &ndarray::Array1::<f64>::zeros(3)).unwrap();
    archive.add_array("X", &rows).unwrap();
    archive.finish().unwrap();
    let table = TableReader::new().open(&path).unwrap();
    assert!(table.n_copied().is_some());
    let params = GaussianMixture::params(2).n_init(1).seed(3);
    let (streamed, _) = params.fit_with_report(&table).unwrap();
    let (in_memory, _) = params.fit_with_report(&rows).unwrap();
    approx::assert_relative_eq!(streamed.means(), in_memory.means(), max_relative = 1e-9);
    let size = TableReader::new().size(&path).unwrap().unwrap();
    assert_eq!(size.bytes, 8 * rows.len() as u64);
}

#[test]
fn a_file_that_is_truncated_while_in_use_is_an_error() {
    let (_folder, table) = stored(&rows());
    fs::OpenOptions::new().write(true).open(table.path()).unwrap().set_len(1000).unwrap();
    let error = GaussianMixture::params(2).fit_with_report(&table).unwrap_err();
    assert!(matches!(error, Error::Io { .. }), "{error}");
}

#[test]
fn fits_beyond_the_memory_budget_are_refused() {
    let rows = rows();
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str| {
        let path = folder.path().join(name);
        write_table(&path, rows.view(), &["a", "b", "c"].map(String::from)).unwrap();
        path
    };
    let (array, text) = (write("rows.npy"), write("rows.csv"));
    let refused = |error: Error| assert!(matches!(error, Error::TooLarge { .. }), "{error}");
    // less than the process already uses
    let budget = MemoryBudget::of(1 << 20);
    let reader = TableReader::new().memory_budget(budget);
    refused(reader.read(&text).unwrap_err());
    let in_memory = WithMemoryBudget(rows.clone(), budget);
    let streamed = reader.open(&array).unwrap();
    let sources: [&dyn RowSource; 2] = [&in_memory, &streamed];
    for rows in sources {
        for pipeline in [Pipeline::params(), Pipeline::params().standardize(true)] {
            let preprocessed = pipeline.preprocess(rows).unwrap();
            let search = preprocessed.select(&Selection::params([2]), &NoObserver);
            let error = search.unwrap_err().to_string();
            assert!(error.contains(" needs "), "{error}");
        }
        refused(Pipeline::params().pca(Pca::params(2)).fit_preprocessor(rows).unwrap_err());
    }
    let enough = MemoryBudget::of(u64::MAX);
    let table = TableReader::new().memory_budget(enough).open(&array).unwrap();
    Pipeline::params().pca(Pca::params(2)).fit_preprocessor(&table).unwrap();
}
