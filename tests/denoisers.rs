//! What people see of denoisers: images in figures, on pages and in files, what is said below tables, methods in words.

use std::path::{Path, PathBuf};
use std::process::Output;

use crate::harness::{mu, run, text, write};

/// A denoiser that learns the digits a little in a second, and methods on it.
const STUDY: &str = r#"
model net {
  flatten -> concat([identity, time_embedding(16, scale: 1000), (given: label_embedding(16))])
    -> a: linear(64) -> silu -> b: linear(64) -> silu -> last: linear(64) -> to_image(channels)
}

experiment study {
  data    = digits
  model   = net
  train   = training(2 epochs, batch: 128 samples, optimizer: adam(lr: 2e-3), loss: denoise(retain, drop: 10%))
  sample  = euler(steps: 3, guidance: 1, images: 5 samples)
  judge   = classifier(small_cnn(width: 4), train: training(3 epochs, batch: 64 samples, optimizer: sgd(lr: 0.05)))
  forget  = by_class(3)
  unlearn = each [retrain, esd(steps: 2 steps)]
  seed    = each 0..2
  measure = [MEASURE]
}
"#;

const TABLE: &str = "table main { from = study rows = unlearn columns = [ua, ra] }\n";
const FIGURE: &str = "figure shown { from = study draw = grid rows = unlearn where = seed == 1 images = 3 samples caption = \"A < B\" }\n";

fn study(folder: &Path, measure: &str, more: &str) -> (PathBuf, PathBuf) {
    let file = write(folder, "study.mu", format!("{}{more}", STUDY.replace("MEASURE", measure)));
    let store = folder.join("s");
    well(&run(&file, &store, &[]));
    (file, store)
}

fn say(arguments: &[&str], file: &Path, store: &Path) -> Output {
    mu().args(arguments).arg(file).arg("--store").arg(store).output().unwrap()
}

fn well(output: &Output) -> String {
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// Width and height of a PNG, which stand at the beginning of it.
fn size(png: &Path) -> (u32, u32) {
    let bytes = std::fs::read(png).unwrap();
    assert_eq!(&bytes[..8], b"\x89PNG\r\n\x1a\n");
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

#[test]
fn images_of_denoisers_are_seen_and_leave_mu() {
    let folder = tempfile::tempdir().unwrap();
    let (file, store) = study(folder.path(), "ua, ra", &format!("{TABLE}{FIGURE}"));
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();

    // Below the table: how good the judge is, that the model knows nothing yet, and what Retrain's condition is.
    let table = well(&say(&["table"], &file, &store));
    for part in [
        "the judge is right on ",
        "(classifier small_cnn)",
        "has not learned its conditions: the judge recognises ",
        "retrain was never trained on the forgotten conditions",
    ] {
        assert!(table.contains(part), "{part}: {table}");
    }

    // A figure has a row for each method, a column for each condition, a frame around what is forgotten.
    well(&say(&["figure", "--output", &at("")], &file, &store));
    let svg = std::fs::read_to_string(at("shown.svg")).unwrap();
    assert_eq!(svg.matches("<image ").count(), 2 * 10, "{svg}");
    assert_eq!(svg.matches("stroke=\"#D62728\"").count(), 2 + 1, "one in each row, one in the legend");
    for part in [">A &lt; B<", ">retrain<", ">9<", "framed: the condition is forgotten"] {
        assert!(svg.contains(part), "{part}");
    }
    let csv = say(&["figure", "--format", "csv"], &file, &store);
    assert_eq!(well(&csv), "", "images have no numbers");

    // The page shows the figure, and no second grid of the same experiment.
    well(&say(&["report", "--output", &at("page.html")], &file, &store));
    let page = std::fs::read_to_string(at("page.html")).unwrap();
    assert!(page.contains("figure-shown") && !page.contains("id=\"samples\""));
    let plain = write(folder.path(), "plain.mu", STUDY.replace("MEASURE", "ua, ra"));
    well(&say(&["report", "--output", &at("plain.html")], &plain, &store));
    let page = std::fs::read_to_string(at("plain.html")).unwrap();
    assert!(page.contains("id=\"samples-study\"") && page.contains("data:image/png;base64,"));

    // Exports of a point: the images, the judge's outputs, weights, the forget set.
    let point = "study[unlearn=retrain, seed=1]";
    let said = well(&say(&["images", point, "--of", "generated", "-o", &at("all")], &file, &store));
    assert!(said.starts_with("50 images below"), "{said}");
    assert_eq!(size(&folder.path().join("all/3/4.png")), (8, 8));
    well(&say(&["images", point, "--of", "generated", "-n", "2", "-o", &at("sheet.png")], &file, &store));
    assert_eq!(size(&folder.path().join("sheet.png")), (2 * 10, 10 * 10));
    well(&say(&["outputs", point, "-o", &at("judged.csv")], &file, &store));
    let rows = std::fs::read_to_string(at("judged.csv")).unwrap();
    let part = |name: &str| rows.lines().filter(|row| row.starts_with(name)).count();
    assert_eq!((part("forget,"), part("retain,")), (5, 45), "{rows}");
    well(&say(&["weights", point, "-o", &at("w.pth")], &file, &store));
    well(&say(&["indices", point], &file, &store));
    let explained = well(&say(&["explain", point], &file, &store));
    let made = "images are made by euler along flow, 3 steps, guidance 1, 5 images of each condition";
    assert!(
        explained.contains(made) && explained.contains("the judge is classifier small_cnn"),
        "{explained}"
    );
    let log =
        well(&mu().args(["log", "--step", "generate", "-n", "1", "--store"]).arg(&store).output().unwrap());
    let key = log.split_whitespace().next().unwrap();
    let shown = well(&mu().args(["show", key, "--store"]).arg(&store).output().unwrap());
    assert!(shown.contains("images: 50 of 1 × 8 × 8 px"), "{shown}");
    for of in ["confidences", "losses", "classes"] {
        well(&say(&["images", point, "--of", of, "-o", &at("h.svg")], &file, &store));
    }
}

#[test]
fn a_figure_has_its_images_made_where_no_number_needs_them() {
    let folder = tempfile::tempdir().unwrap();
    let (file, store) = study(folder.path(), "rte", FIGURE);
    well(&say(&["figure", "--output", folder.path().to_str().unwrap()], &file, &store));
    let svg = std::fs::read_to_string(folder.path().join("shown.svg")).unwrap();
    assert_eq!(svg.matches("<image ").count(), 20);
    let log = well(&mu().args(["log", "-n", "100", "--store"]).arg(&store).output().unwrap());
    let made = |word: &str| log.lines().filter(|line| line.contains(word)).count();
    // Those of seed 1 alone, and nobody judges them.
    assert_eq!((made(" generate "), made(" judge ")), (2, 0), "{log}");
}

#[test]
fn classifiers_have_no_generated_images() {
    let folder = tempfile::tempdir().unwrap();
    let text_of = "experiment e { data = digits model = small_cnn(width: 4) train = training(1 epochs) forget = by_class(1) \
                   unlearn = retrain measure = [ua] }\n";
    let file = write(folder.path(), "e.mu", text_of);
    let output = say(&["images", "e", "--of", "generated", "-o", "x.png"], &file, &folder.path().join("s"));
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("this point has no generated images"), "{}", text(&output.stderr));
}

#[test]
fn methods_of_denoisers_are_explained() {
    let explained = |method: &str| well(&mu().args(["explain", method]).output().unwrap());
    let esd = explained("method.esd");
    for part in
        ["on_the_way = trajectory(flow, ", "t = time(flow, ", "original.prediction(at: on_the_way, time: t"]
    {
        assert!(esd.contains(part), "{part}: {esd}");
    }
    assert!(explained("method.ft@diffusion").contains("target(flow, image, noise)"));
    assert!(explained("method.esd(diffusion: ddpm, at: forward)").contains("noised_image = noised(ddpm("));
    assert!(explained("method.ft").contains("-log_p(label)"));
}
