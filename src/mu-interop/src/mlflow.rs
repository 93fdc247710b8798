//! MLflow's tracking server, by its REST interface (`/api/2.0/mlflow/…`): an experiment for each of the file's, a run for each
//! point. A run that is there already, by its point and the key of its model, is left as it is.

use serde_json::{Value, json};

use crate::runs::{Run, numbers};

/// So many numbers go into one request (MLflow takes 1000).
const BATCH: usize = 900;

/// Asks the server: a path below `/api/2.0/mlflow/` and a body; the answer, or its error code and message.
pub type Call<'c> = &'c mut dyn FnMut(&str, &Value) -> Result<Value, (String, String)>;

/// Hands runs to a server; how many were new.
///
/// # Errors
/// In words, where the server refuses.
pub fn mlflow(runs: &[Run], file: &str, call: Call<'_>) -> Result<usize, String> {
    let mut new = 0;
    let said = |(code, message): (String, String)| format!("{code}: {message}");
    let mut experiments: Vec<(String, String)> = Vec::new();
    for run in runs {
        let id = match experiments.iter().find(|(name, _)| *name == run.experiment) {
            Some((_, id)) => id.clone(),
            None => {
                let id = experiment(&run.experiment, call)?;
                experiments.push((run.experiment.clone(), id.clone()));
                id
            }
        };
        let key = run.key.map(|k| k.to_string()).unwrap_or_default();
        let filter =
            format!("tags.`mu.key` = '{key}' and tags.`mu.point` = '{}'", run.name.replace('\'', ""));
        let found =
            call("runs/search", &json!({ "experiment_ids": [id], "filter": filter, "max_results": 1 }));
        if found.map_err(said)?["runs"].as_array().is_some_and(|r| !r.is_empty()) {
            continue;
        }
        let at = run.made * 1000;
        let tag = |k: &str, v: &str| json!({ "key": k, "value": v });
        let bounds =
            run.metrics.iter().filter_map(|(name, _, bound)| Some(format!("{name} {}", bound.word()?)));
        let bounds: Vec<String> = bounds.collect();
        let mut tags = vec![
            tag("mu.point", &run.name.replace('\'', "")),
            tag("mu.key", &key),
            tag("mu.file", file),
            tag("mlflow.source.name", file),
        ];
        if !bounds.is_empty() {
            tags.push(tag("mu.bounds", &bounds.join(", ")));
        }
        let body = json!({ "experiment_id": id, "run_name": run.name, "start_time": at, "tags": tags });
        let created = call("runs/create", &body).map_err(said)?;
        let run_id = created["run"]["info"]["run_id"].as_str().unwrap_or_default().to_owned();
        let metric =
            |k: &str, v: f64, step: usize| json!({ "key": k, "value": v, "timestamp": at, "step": step });
        let mut metrics: Vec<Value> =
            run.metrics.iter().map(|(k, v, _)| metric(k, *v, run.epochs.len())).collect();
        for (at, epoch) in run.epochs.iter().enumerate() {
            metrics.extend(numbers(*epoch).map(|(name, value)| metric(name, value, at + 1)));
        }
        let parameters: Vec<Value> =
            run.parameters.iter().map(|(k, v)| json!({ "key": k, "value": v })).collect();
        call("runs/log-batch", &json!({ "run_id": run_id, "params": parameters })).map_err(said)?;
        for some in metrics.chunks(BATCH) {
            call("runs/log-batch", &json!({ "run_id": run_id, "metrics": some })).map_err(said)?;
        }
        let end = json!({ "run_id": run_id, "status": "FINISHED", "end_time": at });
        call("runs/update", &end).map_err(said)?;
        new += 1;
    }
    Ok(new)
}

/// The id of an experiment, made where it is not there.
fn experiment(name: &str, call: Call<'_>) -> Result<String, String> {
    let id = |answer: &Value| answer["experiment_id"].as_str().map(str::to_owned);
    match call("experiments/create", &json!({ "name": name })) {
        Ok(answer) => id(&answer).ok_or_else(|| "the server gave no id".to_owned()),
        Err((code, _)) if code == "RESOURCE_ALREADY_EXISTS" => {
            let body = json!({ "filter": format!("name = '{name}'"), "max_results": 1 });
            let found =
                call("experiments/search", &body).map_err(|(code, message)| format!("{code}: {message}"))?;
            id(&found["experiments"][0])
                .ok_or_else(|| format!("the server has an experiment {name} that was deleted"))
        }
        Err((code, message)) => Err(format!("{code}: {message}")),
    }
}
