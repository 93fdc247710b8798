//! Data sets as their users have them: every layout loads, trains and is evaluated through the whole line.

use std::path::{Path, PathBuf};

use crate::harness::{mu, run, text, write};

fn mini(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("miniatures").join(name)
}

fn study(name: &str, data: &str, forget: &str) -> String {
    format!(
        "experiment {name} {{ data = {data} model = allcnn(width: 2) train = training(2 epochs, batch: 4 samples, optimizer: sgd(lr: 0.01)) \
           forget = {forget} unlearn = each [retrain, ft(epochs: 1 epochs, batch: 4 samples)] measure = [ua, ra, ta@whole] }}\n\
         table of_{name} {{ from = {name} rows = unlearn columns = [ua, ra, ta@whole] }}\n"
    )
}

#[test]
fn every_layout_trains_and_is_evaluated() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| mini(name).display().to_string();
    let sets = [
        ("cifar", format!("cifar10(\"{}\", validation: 0%)", at("cifar10_bin"))),
        ("cifar_py", format!("cifar10(\"{}\", validation: 0%)", at("cifar10_py"))),
        ("hundred", format!("cifar100(\"{}\", validation: 0%)", at("cifar100_py"))),
        ("svhn", format!("svhn(\"{}\", validation: 0%)", at("svhn"))),
        (
            "npz",
            format!(
                "npz(\"{}\", classes: 10, side: 32 px, channels: 3, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], validation: 0%)",
                at("npz")
            ),
        ),
        ("folders", format!("imagefolder(\"{}\", classes: 3, side: 32 px, validation: 0%)", at("folders"))),
        (
            "flat",
            format!(
                "imagefolder@held_out(\"{}\", classes: 3, side: 32 px, test: 34%, validation: 0%)",
                at("folders_flat")
            ),
        ),
        ("tiny", format!("tiny_imagenet(\"{}\", validation: 0%)", at("tiny"))),
        ("imagenet", format!("imagenet(\"{}\", validation: 0%)", at("imagenet_folders"))),
        ("tars", format!("imagenet(\"{}\", validation: 0%)", at("imagenet_tar"))),
        ("shards", format!("imagenet(\"{}\", validation: 0%)", at("imagenet_shards"))),
        ("celeba", format!("celeba(\"{}\", validation: 0%)", at("celeba_zip"))),
        ("parquet", format!("parquet(\"{}\", classes: 10, validation: 0%)", at("parquet"))),
        (
            "canvas",
            format!(
                "unlearn_canvas(\"{}\", label: style, classes: 2, test: 25%, validation: 0%)",
                at("canvas")
            ),
        ),
    ];
    let text_of: String = sets.iter().map(|(name, data)| study(name, data, "random(1 samples)")).collect();
    let file = write(folder.path(), "all.mu", text_of);
    let output = run(&file, &folder.path().join("store"), &[]);
    assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
    let out = text(&output.stdout);
    assert_eq!(out.matches(" ft ").count(), sets.len(), "a row for every set\n{out}");
    assert!(!out.contains('✗'), "{out}");
}

/// People, attributes and styles are forgotten by the names that the data set has for them.
#[test]
fn groups_of_the_data_set_are_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let celeba = format!("celeba(\"{}\", validation: 0%)", mini("celeba").display());
    let source = study("person", &celeba, "by_group(attribute(\"identity\"), 17)")
        + &study("bald", &celeba, "by_group(attribute(\"Bald\"), 1)")
        + &study(
            "worst",
            &format!(
                "unlearn_canvas(\"{}\", label: object, classes: 2, test: 25%, validation: 0%)",
                mini("canvas").display()
            ),
            "worst_case(1 groups, weigh: attribute(\"style\"), against: ft(epochs: 1 epochs, batch: 4 samples), rounds: 2 rounds)",
        )
        + &study("nobody", &celeba, "by_group(attribute(\"Beard\"), 1)");
    let file = write(folder.path(), "groups.mu", source);
    let store = folder.path().join("store");
    let output = run(&file, &store, &[]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    let said = text(&output.stderr);
    assert!(said.contains("knows no `Beard` of its samples; it knows Bald, Smiling, identity"), "{said}");
    let indices = |point: &str| {
        let output = mu().args(["indices", point]).arg(&file).arg("--store").arg(&store).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        serde_json::from_slice::<Vec<i64>>(&output.stdout).unwrap()
    };
    assert_eq!(indices("person"), [0, 1]);
    assert_eq!(indices("bald"), [2]);
    // One of both styles: half of what trains.
    let worst = indices("worst");
    assert!(worst == [0, 1, 2] || worst == [3, 4, 5], "{worst:?}");
}

#[test]
fn unreadable_images_are_said_and_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let at = mini("bad/cut").display().to_string();
    let data =
        |corrupt: &str| format!("imagefolder(\"{at}\", classes: 2, side: 32 px, validation: 0%{corrupt})");
    let store = folder.path().join("store");
    let file = write(folder.path(), "strict.mu", study("strict", &data(""), "random(1 samples)"));
    let strict = run(&file, &store, &[]);
    let said = text(&strict.stderr);
    assert!(
        strict.status.code() == Some(2) && said.contains("1 image(s) cannot be read, 0 may be"),
        "{said}"
    );
    let file = write(
        folder.path(),
        "lenient.mu",
        study("lenient", &data(", corrupt: 1 samples"), "random(1 samples)"),
    );
    let lenient = run(&file, &store, &[]);
    let said = text(&lenient.stderr);
    assert!(
        lenient.status.success() && said.contains("1 training image(s) cannot be read and are left out"),
        "{said}"
    );
    let output = mu().args(["indices", "lenient"]).arg(&file).arg("--store").arg(&store).output().unwrap();
    let chosen: Vec<i64> = serde_json::from_slice(&output.stdout).unwrap();
    assert!(!chosen.contains(&0), "sample 0 is the one that cannot be read");
}

#[test]
fn data_are_found_where_they_lie() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(mini("cifar10_py"), folder.path().join("cifar10")).unwrap();
    let hub = folder.path().join("hf/hub/datasets--uoft-cs--cifar10");
    std::fs::create_dir_all(hub.join("refs")).unwrap();
    std::fs::create_dir_all(hub.join("snapshots")).unwrap();
    std::fs::write(hub.join("refs/main"), "abc123").unwrap();
    std::os::unix::fs::symlink(mini("parquet"), hub.join("snapshots/abc123")).unwrap();
    let command = |args: &[&str]| {
        let mut command = mu();
        command.args(args).env("MU_DATA", folder.path()).env("HF_HOME", folder.path().join("hf"));
        command.env("XDG_CACHE_HOME", folder.path().join("cache"));
        command
    };
    let said = |args: &[&str]| {
        let output = command(args).output().unwrap();
        (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
    };
    let (code, out, _) = said(&["data", "path", "cifar10"]);
    assert_eq!((code, out.trim()), (0, folder.path().join("cifar10").to_str().unwrap()));
    let (_, list, _) = said(&["data", "list"]);
    assert!(
        list.contains("`mu data fetch cifar100` downloads it")
            && list.contains("`mu data fetch celeba` says how")
    );
    let (code, _, error) = said(&["data", "fetch", "celeba"]);
    assert!(code == 2 && error.contains("list_attr_celeba.txt"), "{error}");
    let (code, _, error) = said(&["data", "path", "cifar1"]);
    assert!(code == 2 && error.contains("did you mean `cifar10`?"), "{error}");
    // The miniature is not what was published.
    let (code, _, error) = said(&["data", "verify", "cifar10"]);
    assert!(code == 2 && error.contains("has 5 + 2 samples, 50000 + 10000 were published"), "{error}");
    let (code, _, error) = said(&["data", "verify", "svhn"]);
    assert!(code == 2 && error.contains("is not on this machine"), "{error}");
    // Nobody listens there.
    let (code, _, error) = said(&["data", "fetch", "mnist", "--from", "http://127.0.0.1:9/"]);
    assert!(code == 2 && error.contains("http://127.0.0.1:9/train-images-idx3-ubyte.gz"), "{error}");

    let source = study("a", "cifar10(validation: 0%)", "random(1 samples)")
        + &study(
            "b",
            "parquet(\"hf://datasets/uoft-cs/cifar10\", classes: 10, validation: 0%)",
            "random(1 samples)",
        );
    let file = write(folder.path(), "found.mu", source);
    let output =
        command(&["run"]).arg(&file).arg("--store").arg(folder.path().join("store")).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let missing = study("c", "svhn", "random(1 samples)");
    let file = write(folder.path(), "missing.mu", missing);
    let output =
        command(&["run"]).arg(&file).arg("--store").arg(folder.path().join("store")).output().unwrap();
    assert!(
        output.status.code() == Some(2) && text(&output.stderr).contains("mu data fetch NAME"),
        "{}",
        text(&output.stderr)
    );
}

/// As Unlearn-WorstCase splits: NumPy's own choice of the digits' validation samples (tests/parity/make_split.py).
#[test]
fn splits_are_numpys_on_request() {
    let folder = tempfile::tempdir().unwrap();
    // A published list counts the samples that are left when the validation samples were taken out.
    let list = write(folder.path(), "list.json", "[0, 5, 1000]");
    let source = "dataset split_by_numpy { source = uci_digits classes = 10 channels = 1 canvas = 8 px holdout = 0% validation = 10% split = numpy split_seed = 1 \
         normalize = channels(mean: [0.3], std: [0.4]) }\n".to_owned()
        + &study("e", "split_by_numpy", "from_file(\"LIST\", counted_in: training)").replace("allcnn(width: 2)", "small_cnn").replace("[ua, ra, ta@whole]", "[ua, ra]").replace("LIST", list.to_str().unwrap());
    let file = write(folder.path(), "e.mu", source);
    let store = folder.path().join("store");
    let output = run(&file, &store, &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let mut found: Vec<Vec<i64>> = Vec::new();
    for shelf in std::fs::read_dir(store.join("objects")).unwrap() {
        for object in std::fs::read_dir(shelf.unwrap().path()).unwrap() {
            if let Ok(bytes) = std::fs::read(object.unwrap().path().join("validation.npy")) {
                found.push(npyz::NpyFile::new(bytes.as_slice()).unwrap().into_vec().unwrap());
            }
        }
    }
    let wants: Vec<i64> = serde_json::from_str(include_str!("parity/fixtures/split.json")).unwrap();
    let left: Vec<i64> = (0..1797).filter(|i| !wants.contains(i)).collect();
    assert_eq!(found, [wants]);
    let output = mu().args(["indices", "e"]).arg(&file).arg("--store").arg(&store).output().unwrap();
    let forgotten: Vec<i64> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(forgotten, [left[0], left[5], left[1000]]);
}
