//! Graphs of four steps: 0 → 1 → 2, and 3 alone.

use mu_step::{ModuleSpec, SplitSpec, StepKey, StepSpec};

use crate::{Graph, Step};

/// Steps by number, each with the one that it needs.
fn graph(needs: &[Option<usize>]) -> (Graph, Vec<StepKey>) {
    let (mut graph, mut keys) = (Graph::default(), Vec::new());
    for (number, needs) in needs.iter().enumerate() {
        let spec = match needs {
            None => StepSpec::Module(ModuleSpec { digest: number.to_string() }),
            Some(at) => StepSpec::Split(SplitSpec {
                data: keys[*at],
                validation: 0.0,
                seed: number as u64,
                numpy: false,
            }),
        };
        keys.push(spec.key());
        graph.insert(spec.key(), Step { spec, root: None, flops: 0.0 });
    }
    (graph, keys)
}

#[test]
fn what_is_missing_is_what_a_key_needs_up_to_what_is_there() {
    let (graph, keys) = graph(&[None, Some(0), Some(1), None]);
    assert_eq!(graph.missing([keys[2]], &|_| false), keys[..3]);
    assert_eq!(graph.missing([keys[2]], &|k| k == keys[1]), [keys[2]], "nothing behind what is there");
    assert_eq!(graph.missing([keys[2], keys[3]], &|k| k == keys[2]), [keys[3]]);
}

#[test]
fn levels_are_depths_among_the_given_steps() {
    let (graph, keys) = graph(&[None, Some(0), Some(1), None]);
    assert_eq!(graph.levels(&keys), [vec![keys[0], keys[3]], vec![keys[1]], vec![keys[2]]]);
    assert_eq!(
        graph.levels(&keys[1..3]),
        [vec![keys[1]], vec![keys[2]]],
        "an input that is there counts not"
    );
}

#[test]
fn what_needs_a_lost_step_is_lost_with_it() {
    let (graph, keys) = graph(&[None, Some(0), Some(1), None]);
    assert_eq!(graph.without(keys.clone(), &|k| k == keys[1]), [keys[0], keys[3]]);
    assert_eq!(graph.without(keys.clone(), &|_| false), keys);
}

#[test]
fn a_step_is_there_once_and_keeps_its_place() {
    let (mut graph, keys) = graph(&[None, Some(0)]);
    let spec = graph[keys[0]].spec.clone();
    graph.set_root(keys[0], Some("here".into()));
    graph.insert(keys[0], Step { spec, root: None, flops: 1.0 });
    assert_eq!((graph.len(), graph.position(keys[1])), (2, Some(1)));
    assert_eq!(graph[keys[0]].root.as_deref(), Some("here".as_ref()));
}
