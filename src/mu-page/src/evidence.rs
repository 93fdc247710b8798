//! What numbers come from: the steps behind them, as data for the page.

use std::collections::HashSet;

use mu_check::Program;
use mu_plan::Plan;
use mu_step::StepKey;
use mu_step::artefact;
use mu_store::Store;
use serde_json::{Map, Value, json};

/// More steps than this are not put into a page.
const MOST: usize = 20_000;

/// The steps that some keys stand for, and all that those were made from, by key.
pub(super) fn collect(
    asked: impl Iterator<Item = StepKey>,
    program: &Program,
    plan: &Plan,
    store: &Store,
) -> Value {
    let mut open: Vec<StepKey> = asked.collect();
    let mut seen = HashSet::new();
    let mut all = Map::new();
    while let Some(key) = open.pop() {
        let Some(step) = plan.graph.get(key).filter(|_| all.len() < MOST && seen.insert(key)) else {
            continue;
        };
        let inputs = step.spec.inputs();
        let mut node = json!({
            "step": step.spec.word(),
            "point": plan.label(program, key),
            "inputs": inputs.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "parameters": parameters(&step.spec),
        });
        if let Ok(Some(object)) = store.get(key) {
            let meta = &object.meta;
            node["made"] = json!(meta.made);
            node["seconds"] = json!(meta.seconds);
            node["mu"] = json!(meta.mu);
            node["environment"] = json!(meta.environment);
            node["files"] = json!(meta.files);
            if let Ok(found) = object.record::<artefact::Value>() {
                node["value"] = json!(found.value);
            }
        }
        open.extend(inputs);
        all.insert(key.to_string(), node);
    }
    Value::Object(all)
}

/// What a step was told, but for its inputs, and without the lists of layers.
fn parameters(spec: &mu_step::StepSpec) -> Value {
    fn tidy(value: &mut Value) {
        match value {
            Value::Object(map) => {
                if let Some(graph) = map.get_mut("graph") {
                    let layers = graph["nodes"].as_array().map_or(0, Vec::len);
                    *graph = json!(format!("{layers} layers over {}", graph["input"]));
                }
                map.retain(|_, v| v.as_str().is_none_or(|s| s.len() != 64));
                map.values_mut().for_each(tidy);
            }
            Value::Array(items) => items.iter_mut().for_each(tidy),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(spec).unwrap_or_default();
    tidy(&mut value);
    value
}
