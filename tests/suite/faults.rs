//! Interrupts, full disks and killed processes: existing files stay intact, and errors are reported.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use mixlab::ModelFile;
use mixlab::table::read_table;
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

fn mixlab() -> String {
    assert_cmd::cargo::cargo_bin("mixlab").display().to_string()
}

/// Creates a folder with a model, `m.npz`.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let fit = run(folder.path(), "$MIXLAB fit dataset:moons -k 3 -o m.npz");
    assert!(fit.status.success());
    folder
}

/// Runs a shell command in a folder.
fn run(folder: &Path, line: &str) -> std::process::Output {
    let mut shell = Command::new("bash");
    shell.args(["-c", line]).current_dir(folder).env("MIXLAB", mixlab());
    shell.output().unwrap()
}

/// Returns the names of the files in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn an_interrupt_ends_a_fit_at_once_and_keeps_the_old_model() {
    let folder = folder();
    let old = fs::read(folder.path().join("m.npz")).unwrap();
    let mut child = Command::new(mixlab())
        .args("fit dataset:digits --pca 0.99 -k 30..60 --n-init 100 --tol 0 -o m.npz".split(' '))
        .current_dir(&folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    thread::sleep(Duration::from_millis(700));
    assert!(child.try_wait().unwrap().is_none(), "the process finished before the interrupt");
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let status = child.wait().unwrap();
    assert!(!status.success());
    assert_eq!(fs::read(folder.path().join("m.npz")).unwrap(), old);
    assert_eq!(names(folder.path()), ["m.npz"]);
}

#[test]
fn an_interrupt_while_writing_leaves_no_unfinished_file() {
    let folder = folder();
    for signal in ["-INT", "-TERM"] {
        let mut child = Command::new(mixlab())
            .args(["sample", "m.npz", "-n", "300000000", "-o", "rows.npy"])
            .current_dir(&folder)
            .spawn()
            .unwrap();
        // waits until it writes
        while names(folder.path()).len() < 2 {
            thread::sleep(Duration::from_millis(10));
            assert!(
                child.try_wait().unwrap().is_none(),
                "the process finished before the interrupt"
            );
        }
        let kill = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(kill.success());
        assert_eq!(child.wait().unwrap().code(), Some(130));
        assert_eq!(names(folder.path()), ["m.npz"]);
    }
}

#[test]
fn a_full_disk_keeps_the_old_file_and_leaves_no_unfinished_file() {
    let folder = folder();
    fs::write(folder.path().join("rows.csv"), "old").unwrap();
    // a limit of 64 KiB per file causes a write error, as a full disk does
    let limit = "trap '' XFSZ; ulimit -f 64;";
    for (line, file) in [
        ("sample m.npz -n 100000 -o rows.csv", "rows.csv"),
        ("sample m.npz -n 100000 -o rows.npy", "rows.npy"),
    ] {
        let output = run(folder.path(), &format!("{limit} $MIXLAB {line}"));
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(message.contains(file) && message.contains("File too large"), "{message}");
    }
    assert_eq!(fs::read(folder.path().join("rows.csv")).unwrap(), b"old");
    assert_eq!(names(folder.path()), ["m.npz", "rows.csv"]);
}

#[test]
fn standard_output_on_a_full_device_is_an_error() {
    if !Path::new("/dev/full").exists() {
        return;
    }
    let folder = folder();
    let output = run(folder.path(), "$MIXLAB sample m.npz -n 10 > /dev/full");
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("No space left on device"), "{message}");
}

#[test]
fn a_folder_that_cannot_be_written_is_reported_before_the_work_begins() {
    let folder = folder();
    // not even root can create files there
    let output = run(folder.path(), "$MIXLAB fit dataset:moons -k 3 -o /proc/m.npz");
    assert!(!output.status.success());
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("/proc/m.npz"), "{message}");
}

#[test]
fn a_process_killed_while_writing_keeps_the_old_file_intact() {
    let folder = folder();
    let rows = folder.path().join("rows.csv");
    let sample = |n: u32| format!("$MIXLAB sample m.npz -n {n} -o rows.csv");
    assert!(run(folder.path(), &sample(1000)).status.success());
    let old = fs::read(&rows).unwrap();
    // killed after increasing delays, some of which fall into the writing
    let mut killed = 0;
    for delay in (0..40).map(|step| 20 * step) {
        let mut child = Command::new(mixlab())
            .args(["sample", "m.npz", "-n", "500000", "-o", "rows.csv"])
            .current_dir(&folder)
            .spawn()
            .unwrap();
        thread::sleep(Duration::from_millis(delay));
        let _ = child.kill();
        if child.wait().unwrap().success() {
            break;
        }
        if fs::read(&rows).unwrap() != old {
            // killed after the last step, the renaming: the new file is complete
            assert_eq!(read_table(&rows).unwrap().records.nrows(), 500_000, "after {delay} ms");
            break;
        }
        killed += 1;
    }
    assert!(killed > 0);
    // unfinished files have other names and do not affect the next write
    assert!(run(folder.path(), &sample(10)).status.success());
    assert_eq!(read_table(&rows).unwrap().records.nrows(), 10);
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let folder = folder();
    let output = run(folder.path(), "set -o pipefail; $MIXLAB sample m.npz -n 500000 | head -n 2");
    assert!(output.status.success());
    assert!(output.stderr.is_empty());
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 2);
}

/// Writes an archive with one member, zeros after a header, and returns its path.
fn archive(folder: &TempDir, member: &str, header_shape: &str, zeros: usize) -> std::path::PathBuf {
    let path = folder.path().join("bomb.npz");
    let mut zip = zip::ZipWriter::new(fs::File::create(&path).unwrap());
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    zip.start_file(member, options).unwrap();
    let mut header = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
    let text = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {header_shape}, }}");
    header.extend(text.as_bytes());
    header.resize(127, b' ');
    header.push(b'\n');
    zip.write_all(&header).unwrap();
    let chunk = vec![0; 1 << 20];
    for _ in 0..zeros >> 20 {
        zip.write_all(&chunk).unwrap();
    }
    zip.finish().unwrap();
    path
}

#[test]
fn archives_with_excessive_sizes_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    // sixteen megabytes with a header of a terabyte of numbers
    let path = archive(&folder, "means.npy", "(100000000000, 1)", 16 << 20);
    let error = read_table(&path).unwrap_err().to_string();
    assert!(error.contains("claims 100000000000 elements"), "{error}");

    // a directory entry of sixteen exabytes for the same bytes
    let mut bytes = fs::read(&path).unwrap();
    let central = bytes.windows(4).rposition(|window| window == b"PK\x01\x02").unwrap();
    bytes[central + 24..central + 28].fill(0xfe);
    fs::write(&path, &bytes).unwrap();
    assert!(read_table(&path).is_err());
    assert!(ModelFile::load(&path).is_err());
}

#[test]
fn paths_in_archives_do_not_touch_files() {
    let outer = tempfile::tempdir().unwrap();
    let inner = TempDir::new_in(outer.path()).unwrap();
    for name in ["../evil.npy", "/tmp/mixlab-evil.npy", "..\\evil.npy", "a/../../evil.npy"] {
        let path = archive(&inner, name, "(131072, 1)", 1 << 20);
        // read as an array regardless of its name; not a model
        let _ = read_table(&path);
        assert!(ModelFile::load(&path).is_err());
    }
    assert_eq!(names(outer.path()).len(), 1);
    assert_eq!(names(inner.path()), ["bomb.npz"]);
    assert!(!Path::new("/tmp/mixlab-evil.npy").exists());
}
