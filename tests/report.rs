//! The report page, locks, diffs and exports: what a study looks like from outside.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::harness::{SMALL, mu, run, text, write};

fn say(arguments: &[&str], file: &Path, store: &Path) -> Output {
    mu().args(arguments).arg(file).arg("--store").arg(store).output().unwrap()
}

fn well(output: &Output) -> String {
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

const MORE: &str = "
figure line { from = small x = unlearn y = ua line = forget cell = mean ± std over seed caption = \"A < B & C\" }
claim \"learns\" { mean(small.ra where forget == random and unlearn == retrain over seed) >= 50% }
";

fn study(folder: &Path) -> (PathBuf, PathBuf) {
    let file = write(folder, "small.mu", format!("{SMALL}{MORE}"));
    let store = folder.join("s");
    well(&run(&file, &store, &[]));
    (file, store)
}

#[test]
fn a_page_has_everything_and_needs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (file, store) = study(folder.path());
    let page = folder.path().join("page.html");
    well(&say(&["report", "--output", page.to_str().unwrap()], &file, &store));
    let html = std::fs::read_to_string(&page).unwrap();
    for part in
        ["id=\"tables\"", "id=\"figures\"", "id=\"claims\"", "id=\"forget\"", "id=\"curves\"", "id=\"file\""]
    {
        assert!(html.contains(part), "{part}");
    }
    // Nothing is fetched.
    for word in ["src=\"http", "href=\"http", "url(http", "@import"] {
        assert!(!html.contains(word), "{word}");
    }
    assert!(html.contains("data:image/png;base64,"), "images of the forget set");
    // Every number leads to steps that the page knows, down to the data.
    let data = html.split("id=\"steps\">").nth(1).unwrap().split("</script>").next().unwrap();
    let steps: serde_json::Value = serde_json::from_str(data).unwrap();
    let keys: Vec<&str> =
        html.split("data-steps=\"").skip(1).flat_map(|p| p.split('"').next().unwrap().split(' ')).collect();
    assert!(keys.len() > 40);
    for key in keys {
        let mut open = vec![key.to_owned()];
        let mut reached = false;
        while let Some(key) = open.pop() {
            let step = &steps[&key];
            reached |= step["step"] == "data";
            open.extend(step["inputs"].as_array().unwrap().iter().map(|i| i.as_str().unwrap().to_owned()));
        }
        assert!(reached, "{key} comes from no data");
        assert!(steps[key]["value"].is_number());
    }
    // The text is shown as it is, with its words in colours.
    assert!(html.contains("<span class=\"keyword\">experiment</span>"));
}

/// Every number is clicked in a real browser, from a file.
#[test]
#[ignore = "needs chromium: make browser"]
fn a_page_works_in_a_browser() {
    crate::needs::programs(&["chromium"]);
    let folder = tempfile::tempdir().unwrap();
    let (file, store) = study(folder.path());
    let page = folder.path().join("page.html");
    well(&say(&["report", "--output", page.to_str().unwrap()], &file, &store));
    let html = std::fs::read_to_string(&page).unwrap();
    let watch = "<head><script>window.wrong=[];window.onerror=(m)=>{wrong.push(m)};\
        console.error=(m)=>{wrong.push(m)}</script>";
    let click = "<script>let n=0,deep=0;for(const c of document.querySelectorAll('td[data-steps]')){c.click();\
        if(!document.getElementById('evidence').hidden)n++;}\
        const open=()=>document.querySelectorAll('#trail details:not([open])').forEach(d=>{d.open=true;deep++});\
        let t=setInterval(()=>{open();document.title='clicked '+n+' opened '+deep+' wrong '+wrong.length+' '+wrong},50);</script></body>";
    std::fs::write(&page, html.replacen("<head>", watch, 1).replacen("</body>", click, 1)).unwrap();
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=4000", "--dump-dom"])
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    let dom = text(&output.stdout);
    let title = dom.split("<title>").nth(1).unwrap().split("</title>").next().unwrap().to_owned();
    let cells = html.matches("data-steps=").count();
    assert!(title.starts_with(&format!("clicked {cells} opened ")) && title.contains(" wrong 0"), "{title}");
    let opened: usize = title.split(' ').nth(3).unwrap().parse().unwrap();
    assert!(opened > 5, "{title}");
    assert!(dom.contains("BLAKE3 ") && dom.contains("<dt>device</dt>"), "what the steps took is shown");
}

#[test]
fn committed_tables_are_verified_and_what_is_stale_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (file, store) = study(folder.path());
    let missing = say(&["verify"], &file, &store);
    assert_eq!(missing.status.code(), Some(2));
    well(&say(&["lock"], &file, &store));
    let tex = write(folder.path(), "main.tex", well(&say(&["table", "--format", "tex"], &file, &store)));
    let verify = |tables: &[&Path]| {
        let output = mu().arg("verify").arg(&file).args(tables).arg("--store").arg(&store).output().unwrap();
        (output.status.code(), text(&output.stdout))
    };
    let (code, said) = verify(&[&tex]);
    assert_eq!((code, said.matches('✓').count()), (Some(0), 2), "{said}");
    // A comment and a caption change no cell.
    let source = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("// of no consequence\n{source}")).unwrap();
    assert_eq!(verify(&[]).0, Some(0));
    // Another learning rate of one method does, in that method's cells alone.
    std::fs::write(&file, source.replace("lr: 1e-3", "lr: 2e-3")).unwrap();
    let (code, said) = verify(&[&tex]);
    assert_eq!(code, Some(1));
    assert!(
        said.contains("main: ga | random ua") && said.contains("its unlearn steps are told something else"),
        "{said}"
    );
    assert!(!said.contains("main: retrain"), "{said}");
    assert!(said.contains("main.tex: line"), "{said}");
    // A table that was changed by hand.
    std::fs::write(&file, &source).unwrap();
    let changed = std::fs::read_to_string(&tex).unwrap().replacen("\\pm", "\\mp", 1);
    std::fs::write(&tex, changed).unwrap();
    let (code, said) = verify(&[&tex]);
    assert!(code == Some(1) && said.contains("\\mp"), "{said}");
}

#[test]
fn differences_are_held_against_seed_noise() {
    let folder = tempfile::tempdir().unwrap();
    let (file, store) = study(folder.path());
    let same = say(&["diff"], &file, &store);
    assert!(well(&same).ends_with("0 means differ, 20 are equal to the last digit\n"));
    let other = write(folder.path(), "other.mu", format!("{SMALL}{MORE}").replace("lr: 1e-3", "lr: 2e-1"));
    well(&run(&other, &store, &[]));
    let output = mu().arg("diff").arg(&file).arg(&other).arg("--store").arg(&store).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stdout);
    assert!(said.contains("unlearn=ga] ra: ") && said.contains("beyond seed noise"), "{said}");
    assert!(!said.contains("unlearn=retrain"), "{said}");
    // Two points of one file: what they are told, and what came of it.
    let points = mu()
        .args(["diff", "small[unlearn=retrain]", "small[unlearn=ga]"])
        .arg(&file)
        .arg("--store")
        .arg(&store)
        .output()
        .unwrap();
    let told = text(&points.stdout);
    assert!(
        told.contains("unlearn: retrain → ga") && told.contains("ra: "),
        "{told}{}",
        text(&points.stderr)
    );
    // A file as it was at a revision.
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command
            .arg("-C")
            .arg(folder.path())
            .args(["-c", "user.name=a", "-c", "user.email=a@b"])
            .args(arguments);
        assert!(command.output().unwrap().status.success(), "{arguments:?}");
    };
    git(&["init", "-q"]);
    git(&["add", "small.mu"]);
    git(&["commit", "-q", "-m", "one"]);
    std::fs::write(&file, std::fs::read_to_string(&other).unwrap()).unwrap();
    let revision = format!("HEAD:{}", file.display());
    let output = mu().arg("diff").arg(&revision).arg(&file).arg("--store").arg(&store).output().unwrap();
    assert_eq!(text(&output.stdout), said, "{}", text(&output.stderr));
    let output = mu().args(["diff", "nowhere:small.mu"]).arg(&file).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn the_store_says_what_was_made() {
    let folder = tempfile::tempdir().unwrap();
    let (file, store) = study(folder.path());
    let log = mu().args(["log", "-n", "3", "--step", "unlearn", "--store"]).arg(&store).output().unwrap();
    let said = well(&log);
    assert_eq!(said.lines().count(), 3);
    let key = said.split_whitespace().next().unwrap();
    let show = mu().args(["show", key, "--store"]).arg(&store).output().unwrap();
    let said = well(&show);
    assert!(
        said.starts_with("unlearn ") && said.contains("made from") && said.contains("model.safetensors"),
        "{said}"
    );
    let none = mu().args(["show", "ffffffffffff", "--store"]).arg(&store).output().unwrap();
    assert_eq!(none.status.code(), Some(2));
    // What it will cost to do as much again on another seed.
    let other = write(folder.path(), "o.mu", std::fs::read_to_string(&file).unwrap().replace("0..2", "0..3"));
    let plan = well(&say(&["plan"], &other, &store));
    assert!(plan.contains("time: about") && plan.contains("on ") && plan.contains("sure: "), "{plan}");
    let runs = folder.path().join("runs");
    well(&say(&["export", "tensorboard", "--output", runs.to_str().unwrap()], &file, &store));
    assert_eq!(std::fs::read_dir(runs.join("small")).unwrap().count(), 8);
    for (name, of, magic) in [
        ("set.png", "images", &b"\x89PNG"[..]),
        ("classes.svg", "classes", b"<svg"),
        ("losses.svg", "losses", b"<svg"),
        ("losses.pdf", "losses", b"%PDF"),
        ("confidences.svg", "confidences", b"<svg"),
    ] {
        let to = folder.path().join(name);
        let drawn = mu()
            .args(["images", "small[forget=worst, unlearn=retrain]"])
            .arg(&file)
            .args(["--of", of, "-o"])
            .arg(&to)
            .arg("--store")
            .arg(&store)
            .output()
            .unwrap();
        well(&drawn);
        assert!(std::fs::read(&to).unwrap().starts_with(magic), "{name}");
    }
    let unnamed = say(&["export", "mlflow"], &file, &store);
    assert_eq!(unnamed.status.code(), Some(2));
    let parquet = folder.path().join("r.parquet");
    well(&say(&["results", "--format", "parquet", "--output", parquet.to_str().unwrap()], &file, &store));
    assert!(std::fs::read(&parquet).unwrap().starts_with(b"PAR1"));
}
