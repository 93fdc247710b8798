//! A plan is a function of the program: nothing of the order in which something was looked up is in it.

use std::collections::HashSet;

use mu_check::check;
use mu_plan::{Plan, render};

use crate::harness::{SMALL, root};
use crate::study::planned;
use crate::texts::Disk;

/// Everything that a plan holds, in its order.
fn written(plan: &Plan, program: &mu_check::Program) -> String {
    let mut out = render(program, plan, &|_| false, Some(&|step| format!("{:.0}", step.flops)));
    for (key, step) in plan.graph.iter() {
        out.push_str(&format!(
            "{key} {} {}\n",
            serde_json::to_string(&step.spec).unwrap(),
            plan.label(program, key)
        ));
    }
    for targets in &plan.targets {
        let mut keys: Vec<_> = targets.keys.iter().collect();
        keys.sort_by_key(|(combination, _)| **combination);
        out.push_str(&format!("{:?} {keys:?} {:?}\n", targets.measured, targets.points));
    }
    out
}

fn programs() -> Vec<(String, String)> {
    let read = |name: &str| {
        let path = root().join(name);
        (path.display().to_string(), std::fs::read_to_string(path).unwrap())
    };
    let files = [
        "tests/suite/language/everything.mu",
        "tests/suite/fine.mu",
        "experiments/quickstart.mu",
        "experiments/first.mu",
    ];
    files.into_iter().map(read).chain([("small.mu".to_owned(), SMALL.to_owned())]).collect()
}

#[test]
fn a_plan_made_twice_is_the_same() {
    for (name, text) in programs() {
        let plan = || {
            let checked = check(&Disk, &name, &text);
            assert!(!checked.has_errors(), "{name}: {:?}", checked.diagnostics);
            let plan = planned(&checked.program);
            assert!(!plan.graph.is_empty(), "{name}");
            written(&plan, &checked.program)
        };
        let first = plan();
        for _ in 0..3 {
            assert!(plan() == first, "{name}");
        }
    }
}

/// Inputs stand before what needs them, and every step leads to a number that somebody wants.
#[test]
fn a_plan_has_what_is_needed_and_nothing_else() {
    for (name, text) in programs() {
        let checked = check(&Disk, &name, &text);
        let plan = planned(&checked.program);
        let mut needed: HashSet<_> = plan.target_keys().collect();
        for (key, step) in plan.graph.iter() {
            for input in step.spec.inputs() {
                let before =
                    plan.graph.position(input).unwrap_or_else(|| panic!("{name}: {input} is not planned"));
                assert!(before < plan.graph.position(key).unwrap(), "{name}");
            }
            assert_eq!(step.spec.key(), key, "{name}");
        }
        let steps: Vec<_> = plan.graph.iter().collect();
        for (key, step) in steps.iter().rev() {
            assert!(
                needed.contains(key),
                "{name}: nothing needs {}",
                serde_json::to_string(&step.spec).unwrap()
            );
            needed.extend(step.spec.inputs());
        }
    }
}

/// What is said about a program, and how it is laid out, is not in its keys.
#[test]
fn layout_names_and_comments_are_not_in_the_keys() {
    let keys = |text: &str| -> Vec<String> {
        let checked = check(&Disk, "small.mu", text);
        assert!(!checked.has_errors(), "{:?}", checked.diagnostics);
        planned(&checked.program).graph.keys().map(|k| k.to_string()).collect()
    };
    let before = keys(SMALL);
    assert!(before.len() > 10);
    let renamed = SMALL.replace("small {", "other {").replace("from    = small", "from = other");
    assert_eq!(keys(&renamed), before);
    assert_eq!(keys(&format!("// Said.\n\n{SMALL}// More.\n")), before);
    assert_eq!(keys(&SMALL.replace("random = random", "usual_one = random")), before);
    assert_ne!(keys(&SMALL.replace("lr: 1e-3", "lr: 2e-3")), before);
}
