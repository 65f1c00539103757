//! The Olivetti faces: found, downloaded from a local server, verified and cached.
//!
//! Tests of successful downloads need the file itself, which the project may not distribute: they run if `MIXLAB_DATA` names
//! a folder that holds it, and report it if it does not.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use mixlab::datasets::{self, OlivettiSource};
use mixlab::{DatasetError, Error};
use tempfile::TempDir;

const FILE: &str = "olivettifaces.mat";

/// A server that gives the same response to every request until the test ends.
struct Server {
    place: String,
    n_requests: Arc<AtomicUsize>,
}

impl Server {
    fn new(respond: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let place = format!("http://{}/{FILE}", listener.local_addr().unwrap());
        let n_requests = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&n_requests);
        let respond = Arc::new(respond);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                let respond = Arc::clone(&respond);
                thread::spawn(move || {
                    // the request must be read, or closing the connection would reset it
                    let _ = stream.read(&mut [0; 4096]);
                    respond(&mut stream);
                });
            }
        });
        Self { place, n_requests }
    }

    /// Responds with a status, a claimed length and a body.
    fn with(status: &'static str, claimed: usize, body: Vec<u8>) -> Self {
        Self::new(move |stream| {
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {claimed}\r\nConnection: close\r\n\r\n"
            );
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
        })
    }

    fn file(body: Vec<u8>) -> Self {
        Self::with("200 OK", body.len(), body)
    }

    fn n_requests(&self) -> usize {
        self.n_requests.load(Ordering::SeqCst)
    }
}

/// An address without a server.
fn unreachable() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}/{FILE}", listener.local_addr().unwrap())
}

/// The file, if this machine has it.
fn real_file() -> Option<Vec<u8>> {
    let folder = std::env::var_os("MIXLAB_DATA").map(PathBuf::from);
    let file = folder.and_then(|folder| fs::read(folder.join(FILE)).ok());
    if file.is_none() {
        eprintln!("not tested: MIXLAB_DATA does not name a folder with {FILE}");
    }
    file
}

/// A source with only these addresses and a cache folder.
fn source(cache: &TempDir, places: &[&str]) -> OlivettiSource {
    OlivettiSource::default()
        .data_folder(None)
        .cache_folder(Some(cache.path().join("mixlab")))
        .places(places.iter().map(|place| (*place).to_owned()))
        .timeout(Duration::from_secs(5))
}

/// Loads the faces and returns the error.
fn error(source: &OlivettiSource) -> String {
    let error = source.load(&|_, _| {}).unwrap_err();
    assert!(matches!(error, Error::Dataset(DatasetError::Download { .. })), "{error}");
    error.to_string()
}

#[test]
fn a_download_is_verified_cached_and_found_again() {
    let Some(file) = real_file() else { return };
    let cache = tempfile::tempdir().unwrap();
    let server = Server::file(file.clone());
    let source = source(&cache, &[&server.place]);
    let received = AtomicUsize::new(0);
    let observer = |bytes: u64, total: Option<u64>| {
        assert_eq!(total, Some(file.len() as u64));
        received.fetch_max(bytes as usize, Ordering::SeqCst);
    };
    let (faces, kept) = source.load(&observer).unwrap();
    assert_eq!(received.load(Ordering::SeqCst), file.len());
    assert_eq!(faces.records.dim(), (400, 4096));
    let kept = kept.unwrap();
    assert_eq!(fs::read(&kept).unwrap(), file);
    let again = source.load(&|_, _| panic!("nothing to download")).unwrap();
    assert_eq!((again.0, again.1), (faces, Some(kept.clone())));
    assert_eq!(server.n_requests(), 1);

    // a damaged file in the cache is replaced
    fs::write(&kept, &file[..file.len() / 2]).unwrap();
    source.load(&|_, _| {}).unwrap();
    assert_eq!(server.n_requests(), 2);
    assert_eq!(fs::read(&kept).unwrap(), file);
}

#[test]
fn pixels_and_people_are_the_published_ones() {
    let Some(_) = real_file() else { return };
    let faces = datasets::olivetti().unwrap();
    let expected = [0.30991736, 0.3677686, 0.41735536, 0.44214877, 0.5289256];
    for (pixel, expected) in faces.records.row(0).iter().zip(expected) {
        // scikit-learn's pixels have single precision
        assert!((pixel - expected).abs() < 5e-8, "{pixel} {expected}");
    }
    assert_eq!((faces.targets[0], faces.targets[9], faces.targets[10]), (0, 0, 1));
    let split = datasets::olivetti_split();
    let mut rows = [split.train, split.validation, split.test].concat();
    // the first rows of scikit-learn
    assert_eq!((&rows[..3], rows[280], rows[360]), (&[304, 381, 54][..], 372, 39));
    rows.sort_unstable();
    assert_eq!(rows, (0..400).collect::<Vec<_>>());
}

#[test]
fn the_second_address_is_used_if_the_first_fails() {
    let Some(file) = real_file() else { return };
    let truncated = Server::with("200 OK", file.len(), file[..file.len() / 2].to_vec());
    let wrong = Server::file(b"<html>please log in</html>".to_vec());
    let missing = Server::with("404 Not Found", 0, Vec::new());
    let busy = Server::with("503 Service Unavailable", 0, Vec::new());
    let slow = Server::new(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n12345");
        thread::sleep(Duration::from_secs(30));
    });
    let good = Server::file(file);
    // failures of the network are retried once, final responses are not
    for (first, n_requests) in [(truncated, 2), (wrong, 1), (missing, 1), (busy, 2), (slow, 2)] {
        let cache = tempfile::tempdir().unwrap();
        let source =
            source(&cache, &[&first.place, &good.place]).timeout(Duration::from_millis(1500));
        let (faces, kept) = source.load(&|_, _| {}).unwrap();
        assert_eq!(faces.records.nrows(), 400);
        assert!(kept.unwrap().is_file());
        assert_eq!(first.n_requests(), n_requests);
    }
}

#[test]
fn failures_name_addresses_and_reasons_and_leave_no_files() {
    let cache = tempfile::tempdir().unwrap();
    let missing = Server::with("404 Not Found", 0, Vec::new());
    let wrong = Server::file(b"<html>please log in</html>".to_vec());
    let truncated = Server::with("200 OK", 100_000, vec![7; 1000]);
    let huge = Server::with("200 OK", 1 << 40, vec![0; 1000]);
    let endless = Server::new(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while stream.write_all(&[0; 1 << 16]).is_ok() {}
    });
    let unreachable = unreachable();
    let text = error(&source(
        &cache,
        &[
            &missing.place,
            &wrong.place,
            &truncated.place,
            &huge.place,
            &endless.place,
            &unreachable,
            "not an address",
        ],
    ));
    for expected in [
        "the Olivetti faces are not on this machine and could not be downloaded",
        &format!("{}: http status: 404", missing.place),
        &format!("{}: it is shorter than the header of a MATLAB file", wrong.place),
        &truncated.place,
        &format!("{}: its file is larger than 16777216 bytes", huge.place),
        &format!("{}: its file is larger than 16777216 bytes", endless.place),
        &unreachable,
        "not an address: ",
        "save olivettifaces.mat from one of these places and set MIXLAB_DATA to its folder",
    ] {
        assert!(text.contains(expected), "{expected:?} is not in {text}");
    }
    assert!(!cache.path().join("mixlab").exists());
}

#[test]
fn other_pixels_are_refused() {
    let Some(mut file) = real_file() else { return };
    // the checksum of the zlib stream detects a changed byte before that of the pixels
    let middle = file.len() / 2;
    file[middle] ^= 1;
    let cache = tempfile::tempdir().unwrap();
    let server = Server::file(file.clone());
    let text = error(&source(&cache, &[&server.place]));
    assert!(text.contains("damaged") || text.contains("SHA-256"), "{text}");

    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(FILE), file).unwrap();
    let local = source(&cache, &[]).data_folder(Some(folder.path().into()));
    let error = local.load(&|_, _| {}).unwrap_err();
    assert!(matches!(error, Error::Dataset(DatasetError::NotTheDataset { .. })), "{error}");
    assert!(error.to_string().contains("does not hold the Olivetti faces"), "{error}");
}

#[test]
fn faces_are_loaded_without_a_cache() {
    let Some(file) = real_file() else { return };
    let cache = tempfile::tempdir().unwrap();
    let blocked = cache.path().join("a-file-not-a-folder");
    fs::write(&blocked, "").unwrap();
    let server = Server::file(file);
    for folder in [None, Some(blocked)] {
        let source = source(&cache, &[&server.place]).cache_folder(folder);
        let (faces, kept) = source.load(&|_, _| {}).unwrap();
        assert_eq!((faces.records.nrows(), kept), (400, None));
    }
}
