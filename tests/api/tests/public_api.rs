//! The public interface is the one in `public-api.txt`, so that every change of it is seen in a review.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use public_api::Builder;

#[test]
fn the_public_interface_is_the_listed_one() {
    // of this run: the program may have been built in another checkout
    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("run by cargo"));
    let root = package.join("../..");
    let target = env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), Into::into);
    let mut rustdoc = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    rustdoc.current_dir(&root).env("RUSTDOC", env!("CARGO_BIN_EXE_mixlab-api"));
    rustdoc.args(["rustdoc", "--release", "--lib", "--target-dir"]).arg(&target);
    rustdoc.args([
        "--",
        "-Z",
        "unstable-options",
        "--output-format",
        "json",
        "--cap-lints",
        "allow",
    ]);
    assert!(rustdoc.status().unwrap().success());

    let json = Builder::from_rustdoc_json(target.join("doc/mixlab.json"));
    let api =
        json.omit_blanket_impls(true).omit_auto_trait_impls(true).omit_auto_derived_impls(true);
    let found: String = api.build().unwrap().items().map(|item| format!("{item}\n")).collect();
    let list = package.join("public-api.txt");
    let listed = fs::read_to_string(&list).unwrap_or_default();
    if found != listed {
        let changed = |from: &str, to: &str| -> Vec<String> {
            from.lines()
                .filter(|line| !to.lines().any(|other| other == *line))
                .map(str::to_owned)
                .collect()
        };
        let (removed, added) = (changed(&listed, &found), changed(&found, &listed));
        if env::var_os("UPDATE_PUBLIC_API").is_some() {
            return fs::write(&list, found).unwrap();
        }
        panic!(
            "removed: {removed:#?}\nadded: {added:#?}\nif that is meant, run this test with UPDATE_PUBLIC_API=1 and commit {}",
            list.display()
        );
    }
}
