//! Methods that are programs of the user's: what they find, what is made of what they leave, who starts them and who ends them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Instant;

use crate::harness::{mu, root, run, text, write};
use crate::needs;

/// A study with a method that is a program.
fn study(folder: &Path, method: &str) -> PathBuf {
    let text = format!(
        "method own = {method}\n\
         experiment e {{ data = digits model = small_cnn(width: 2) train = training(1 epochs, batch: 64 samples, optimizer: sgd(lr: 0.05)) \
           forget = random(10%) unlearn = each [retrain, own] measure = [ua, ra, ta, samples_seen] }}\n\
         table t {{ from = e rows = unlearn columns = [ua, ra, ta, samples_seen] }}\n"
    );
    write(folder, "e.mu", text)
}

fn program(folder: &Path, name: &str, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    let path = write(folder, name, format!("#!/bin/sh\n{text}\n"));
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// What was made by the program.
fn outputs(store: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for shelf in std::fs::read_dir(store.join("objects")).into_iter().flatten() {
        for object in std::fs::read_dir(shelf.unwrap().path()).unwrap() {
            found.extend(std::fs::read_to_string(object.unwrap().path().join("output.txt")));
        }
    }
    found
}

fn well(output: &Output) {
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
}

#[test]
fn a_program_finds_what_it_needs_and_its_weights_are_the_methods() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("s");
    std::fs::create_dir(folder.path().join("lib")).unwrap();
    write(folder.path(), "lib/words.sh", "say() { echo \"it says $1\"; }\n");
    let count = format!("echo begun >> {}\n", folder.path().join("begun").display());
    let body = r#"set -e
. program/lib/words.sh
say hello
say "$(ls | tr '\n' ' ')"
say "$(tr -d ' \n' < "$MU_STEP")"
say "$MU_THREADS $MU_DEVICE $(basename "$MU_KEEP")"
say "$(ls keep | wc -l)"
[ -z "$MU_OUTER_LD_LIBRARY_PATH" ]
for list in forget retain labels; do say "$(head -c 6 $list.npy | tail -c 5) $(wc -c < $list.npy)"; done
echo "progress 1 2 half"
echo oops >&2
cp weights.pth result.pth
echo '{"epochs": 2, "samples": 77}' > cost.json"#;
    program(folder.path(), "own.sh", &(count + body));
    let call = r#"program("own.sh", files: ["lib/words.sh"], lr: 1e-4, share: 10%, steps: [1, 2], name: "x", fast: true)"#;
    let file = study(folder.path(), call);
    well(&run(&file, &store, &["--threads", "1"]));
    let [said]: [String; 1] = outputs(&store).try_into().unwrap();
    for part in [
        "it says hello\n",
        "it says forget.npy keep labels.npy program retain.npy step.json weights.pth weights.safetensors",
        r#""parameters":{"fast":true,"lr":0.0001,"name":"x","share":0.1,"steps":[1,2]}"#,
        r#""contract":1,"seed":0,"#,
        r#""classes":10"#,
        r#""shape":[1438,1,8,8]"#,
        r#""mean":[0.305]"#,
        "it says 1 cpu keep\n",
        "it says 0\n",
        "it says NUMPY 11632\n",
        "progress 1 2 half\n",
        "oops\n",
    ] {
        assert!(said.contains(part), "no {part:?} in {said}");
    }
    let table =
        mu().args(["table", "--store"]).arg(&store).arg(&file).args(["--format", "csv"]).output().unwrap();
    let table = text(&table.stdout);
    let row = table.lines().find(|l| l.contains("own")).unwrap();
    assert!(row.contains("77"), "the samples that it says it saw: {row}");
    // Nothing is left of its folder, and nothing is done again.
    assert_eq!(std::fs::read_dir(store.join("drafts")).unwrap().count(), 0);
    well(&run(&file, &store, &[]));
    let begun = std::fs::read_to_string(folder.path().join("begun")).unwrap();
    assert_eq!(begun.lines().count(), 1, "it was started once");
    // A byte of any of its files, and a parameter, make another step.
    let steps = |call: &str| {
        let file = study(folder.path(), call);
        let output = mu().args(["plan", "--steps", "--store"]).arg(&store).arg(file).output().unwrap();
        text(&output.stdout)
    };
    let first = steps(call);
    assert_ne!(first, steps(&call.replace("1e-4", "2e-4")));
    assert_eq!(first, steps(call));
    write(folder.path(), "lib/words.sh", "say() { echo \"it says  $1\"; }\n");
    assert_ne!(first, steps(call));
}

#[test]
fn what_goes_wrong_in_a_program_is_told() {
    let cases = [
        ("echo one; echo two >&2; exit 4", &["program failed", "exit status: 4", "one", "two"][..]),
        ("exit 4", &["it wrote nothing"]),
        ("kill -9 $$", &["signal: 9"]),
        ("echo nan; exit 3", &["diverged", "says that it diverged"]),
        ("true", &["left no weights: it writes result.pth or result.safetensors"]),
        ("cp weights.pth result.pth; cp weights.safetensors result.safetensors", &["left both"]),
        ("echo nonsense > result.pth", &["result.pth"]),
        (
            "printf '\\074\\000\\000\\000\\000\\000\\000\\000{\"fc.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}\\000\\000\\000\\000' > result.safetensors",
            &["the tensors of result.safetensors are not the model's", "fc.bias", "conv1.weight"],
        ),
        (
            "head -c -4 weights.safetensors > result.safetensors; printf '\\000\\000\\300\\177' >> result.safetensors",
            &["diverged", "not finite"],
        ),
        ("cp weights.pth result.pth; echo '{\"samples\": true}' > cost.json", &["cost.json"]),
    ];
    for (body, words) in cases {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("s");
        program(folder.path(), "own.sh", body);
        let file = study(folder.path(), "program(\"own.sh\")");
        let output = run(&file, &store, &["--threads", "1"]);
        assert_eq!(output.status.code(), Some(1), "{body}: {}", text(&output.stderr));
        let said = text(&output.stdout) + &text(&output.stderr);
        for word in words {
            assert!(said.contains(word), "{body}: no {word:?} in {said}");
        }
    }
    // What cannot be started.
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "own.sh", "true\n");
    let file = study(folder.path(), "program(\"own.sh\")");
    let output = mu().arg("plan").arg(&file).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(said.contains("may not be executed") && said.contains("chmod +x own.sh"), "{said}");
    let file = study(folder.path(), "program(\"own.sh\", command: \"no-such-command\")");
    let output = run(&file, &folder.path().join("s"), &[]);
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(said.contains("cannot be started by `no-such-command`"), "{said}");
    // What it does not say of its cost, nobody knows.
    program(folder.path(), "own.sh", "cp weights.pth result.pth");
    let file = study(folder.path(), "program(\"own.sh\")");
    let output = run(&file, &folder.path().join("s"), &[]);
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(said.contains("did not say what it took"), "{said}");
}

/// Reading a file may be harmless to whoever reads it.
#[test]
fn only_a_run_starts_a_program() {
    let folder = tempfile::tempdir().unwrap();
    let (store, mark) = (folder.path().join("s"), folder.path().join("started"));
    program(
        folder.path(),
        "own.sh",
        &format!(
            "touch {}; cp weights.pth result.pth; echo '{{\"epochs\": 1, \"samples\": 10}}' > cost.json",
            mark.display()
        ),
    );
    let file = study(folder.path(), "program(\"own.sh\")");
    let page = folder.path().join("report.html");
    let commands: [&[&str]; 9] = [
        &["check"],
        &["plan"],
        &["plan", "--steps"],
        &["explain", "method.own"],
        &["explain", "e[unlearn=own]"],
        &["table"],
        &["results"],
        &["doc"],
        &["fmt", "--check"],
    ];
    for command in commands {
        let mut mu = mu();
        mu.args(command).arg(&file).current_dir(folder.path());
        if !["check", "doc", "fmt"].contains(&command[0]) && command != ["explain", "method.own"] {
            mu.arg("--store").arg(&store);
        }
        let output = mu.output().unwrap();
        assert!(
            output.status.code().is_some_and(|code| code < 2) || command[0] != "plan",
            "{command:?}: {output:?}"
        );
        assert!(!mark.exists(), "{command:?} started it");
    }
    let explained = mu().args(["explain", "method.own"]).arg(&file).output().unwrap();
    assert!(text(&explained.stdout).contains("own.sh is run"), "{explained:?}");
    let _ = mu().arg("report").arg(&file).arg("--store").arg(&store).arg("-o").arg(&page).output().unwrap();
    assert!(!mark.exists(), "a report started it");
    // An editor that opens the file.
    let source = std::fs::read_to_string(&file).unwrap();
    let uri = format!("file://{}", file.display());
    let mut server = mu().arg("lsp").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let messages = [
        serde_json::json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}}),
        serde_json::json!({"jsonrpc": "2.0", "method": "initialized", "params": {}}),
        serde_json::json!({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument":
            {"uri": uri, "languageId": "mu", "version": 1, "text": source}}}),
        serde_json::json!({"jsonrpc": "2.0", "id": 2, "method": "textDocument/hover", "params": {"textDocument":
            {"uri": uri}, "position": {"line": 0, "character": 14}}}),
        serde_json::json!({"jsonrpc": "2.0", "id": 3, "method": "shutdown"}),
        serde_json::json!({"jsonrpc": "2.0", "method": "exit"}),
    ];
    {
        use std::io::Write;
        let mut input = server.stdin.take().unwrap();
        for message in messages {
            let message = message.to_string();
            let _ = input.write_all(format!("Content-Length: {}\r\n\r\n{message}", message.len()).as_bytes());
        }
    }
    let said = text(&server.wait_with_output().unwrap().stdout);
    assert!(said.contains("\"id\":3"), "{said}");
    assert!(!mark.exists(), "the language server started it");
    well(&mu().arg("run").arg(&file).arg("--store").arg(&store).output().unwrap());
    assert!(mark.exists());
}

fn lives(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
}

/// What a file says, as soon as it has a whole line.
fn written(path: &Path) -> String {
    let begun = Instant::now();
    loop {
        if let Ok(text) = std::fs::read_to_string(path)
            && text.ends_with('\n')
        {
            return text.trim().to_owned();
        }
        assert!(begun.elapsed().as_secs() < 120, "nothing came into {}", path.display());
        std::thread::yield_now();
    }
}

/// Waits for the process that ends the program's group: the engine starts it right after the program.
fn guarded(engine: &str, program: &str) {
    let of_engine = |pid: &str| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit(") ").next().is_some_and(|rest| rest.split(' ').nth(1) == Some(engine))
    };
    let begun = Instant::now();
    loop {
        let all = std::fs::read_dir("/proc").unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
        if all.filter(|pid| pid != program).any(|pid| of_engine(&pid)) {
            return;
        }
        assert!(begun.elapsed().as_secs() < 60, "nothing guards the program");
        std::thread::yield_now();
    }
}

fn gone(pid: &str) {
    let begun = Instant::now();
    while lives(pid) {
        assert!(begun.elapsed().as_secs() < 60, "the program is left");
        std::thread::yield_now();
    }
}

/// A stop reaches it, what it kept is there again, and the next run goes on from that.
#[test]
fn a_program_that_is_stopped_goes_on_from_what_it_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (store, pid) = (folder.path().join("s"), folder.path().join("pid"));
    let body = format!(
        "if [ -f keep/state ]; then cat keep/state; cp weights.pth result.pth; exit 0; fi\n\
         trap 'echo seven > keep/half; mv keep/half keep/state; exit 1' TERM\n\
         sleep 600 & echo $! > {0}.child; echo $$ > {0}; wait",
        pid.display()
    );
    program(folder.path(), "own.sh", &body);
    let file = study(folder.path(), "program(\"own.sh\")");
    let mut child = mu()
        .arg("run")
        .arg(&file)
        .args(["--jobs", "1", "--store"])
        .arg(&store)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let own = written(&pid);
    let below = written(&folder.path().join("pid.child"));
    let _ = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    gone(&own);
    gone(&below);
    let output = run(&file, &store, &[]);
    let said = outputs(&store).concat();
    assert!(said.contains("seven"), "{said} {}", text(&output.stderr));
}

/// Where its worker is killed, it does not stay.
#[test]
fn a_program_ends_with_its_worker() {
    let folder = tempfile::tempdir().unwrap();
    let (store, pid) = (folder.path().join("s"), folder.path().join("pid"));
    let body = format!("sleep 600 & echo $! > {0}.child; echo $$ > {0}; wait", pid.display());
    program(folder.path(), "own.sh", &body);
    let file = study(folder.path(), "program(\"own.sh\")");
    let mut child = mu()
        .arg("run")
        .arg(&file)
        .args(["--jobs", "1", "--store"])
        .arg(&store)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let own = written(&pid);
    // Its parent is the engine: that one is killed, and mu as well.
    let stat = std::fs::read_to_string(format!("/proc/{own}/stat")).unwrap();
    let engine = stat.rsplit(") ").next().unwrap().split(' ').nth(1).unwrap().to_owned();
    guarded(&engine, &own);
    let _ = Command::new("kill").args(["-KILL", &child.id().to_string(), &engine]).status();
    let _ = child.wait();
    gone(&own);
    gone(&written(&folder.path().join("pid.child")));
}

/// A limit of time reaches it.
#[test]
fn a_program_that_takes_too_long_fails() {
    let folder = tempfile::tempdir().unwrap();
    let pid = folder.path().join("pid");
    program(folder.path(), "own.sh", &format!("echo $$ > {}\nexec sleep 600", pid.display()));
    let file = study(folder.path(), "program(\"own.sh\")");
    let source = std::fs::read_to_string(&file).unwrap();
    let limited = source.replace("measure =", "limit unlearn.time <= 0.01 minutes measure =");
    let file = write(folder.path(), "e.mu", limited);
    let output = run(&file, &folder.path().join("s"), &["--threads", "1"]);
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(said.contains("over budget") && said.contains("own.sh had not ended"), "{said}");
    gone(&written(&pid));
}

/// The example of the repository.
#[test]
fn a_method_in_python_takes_part() {
    needs::programs(&["python3"]);
    let has = Command::new("python3").args(["-c", "import torch, numpy"]).stderr(Stdio::null()).status();
    if !has.is_ok_and(|status| status.success()) {
        needs::skip("python3 has no PyTorch and NumPy");
    }
    let folder = tempfile::tempdir().unwrap();
    let example = root().join("experiments/program.mu");
    let source = std::fs::read_to_string(&example).unwrap();
    let short = source
        .replace("each 0..3", "0")
        .replace("each [retrain, npo, ga(lr: 3e-3, batch: 64 samples)]", "each [retrain, npo]");
    assert_ne!(source, short);
    std::fs::copy(root().join("experiments/npo.py"), folder.path().join("npo.py")).unwrap();
    let file = write(folder.path(), "e.mu", short.replace("  cell    = mean ± std over seed\n", ""));
    let store = folder.path().join("s");
    let output = run(&file, &store, &["--threads", "1"]);
    well(&output);
    let results =
        mu().args(["results", "--format", "json", "--store"]).arg(&store).arg(&file).output().unwrap();
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&results.stdout).unwrap();
    let value = |method: &str, metric: &str| {
        let is = |r: &&serde_json::Value| r["unlearn"] == method && r["metric"] == metric;
        rows.iter().find(is).unwrap_or_else(|| panic!("no {method} {metric}"))["value"].as_f64().unwrap()
    };
    assert!(value("npo", "ua") > value("retrain", "ua"), "it raises the error on the forget set");
    assert!(value("npo", "ta") > 60.0, "and still knows the digits");
}
