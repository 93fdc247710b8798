use mu_diag::Problem;
use mu_step::artefact::{GeneratedShape, Judged, Value};
use mu_store::{Object, Store};

use crate::store::{StoreOption, whole_key};
use crate::units::{ago, duration, size};
use crate::{Outcome, render};

/// What an object is, what made it, and what it was made from.
#[derive(clap::Args)]
pub(crate) struct Show {
    /// The beginning of its key
    key: String,
    /// All of its provenance, as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    store: StoreOption,
}

impl Show {
    pub(crate) fn run(self) -> Result<Outcome, Problem> {
        let store = Store::read_only(&self.store.here());
        let key = whole_key(&store, &self.key)?;
        let object = store.get(key).map_err(|e| Problem::new(e, "`mu run` makes it again"))?;
        // It was among the store's keys a moment ago.
        let object = object.ok_or_else(|| {
            Problem::new(
                format!("the object {} was removed just now", key.short()),
                "`mu run` makes it again",
            )
        })?;
        if self.json {
            let mut meta = serde_json::to_value(&object.meta)
                .map_err(|e| Problem::bug(format!("an object's record cannot be written as JSON: {e}")))?;
            meta["key"] = key.to_string().into();
            render::print(&format!("{meta:#}\n"));
        } else {
            render::print(&describe(&key.to_string(), &object, &store));
        }
        Ok(Outcome::Well)
    }
}

fn describe(key: &str, object: &Object, store: &Store) -> String {
    let meta = &object.meta;
    let word = |of: &serde_json::Value| of["step"].as_str().unwrap_or("unknown").to_owned();
    let mut out = format!("{} {key}\n", word(&meta.spec));
    let environment: Vec<String> = meta.environment.iter().map(|(k, v)| format!("{k} {v}")).collect();
    out.push_str(&format!(
        "made {} in {} by mu {} ({})\n",
        ago(meta.made),
        duration(meta.seconds),
        meta.mu,
        environment.join(", ")
    ));
    if let Some(peak) = meta.peak {
        let device = meta.device_peak.map_or_else(String::new, |p| format!(", of the GPU's {}", size(p)));
        out.push_str(&format!("memory: {}{device}\n", size(peak)));
    }
    if let Ok(found) = object.record::<Value>() {
        let capped = if found.capped { ", a limit: the true one is at least this" } else { "" };
        out.push_str(&format!("value: {}{capped}\n", found.value));
        if !found.left_out.is_empty() {
            let classes: Vec<String> = found.left_out.iter().map(ToString::to_string).collect();
            out.push_str(&format!("without the forgotten classes: {}\n", classes.join(", ")));
        }
    }
    if let Ok(GeneratedShape { channels, side, images }) = object.record() {
        out.push_str(&format!("images: {images} of {channels} × {side} × {side} px\n"));
    }
    if let Ok(judged) = object.record::<Judged>() {
        for (part, found) in [("forgotten", &judged.forget), ("other", &judged.retain)] {
            let (right, n) = (found.right, found.samples());
            out.push_str(&format!("images of {part} conditions: {right} of {n} recognised\n"));
        }
    }
    out.push_str("\nfiles\n");
    for (name, digest) in &meta.files {
        let bytes = std::fs::metadata(object.path(name)).map_or(0, |m| m.len());
        out.push_str(&format!(
            "  {name:<24} {:>10}  BLAKE3 {}\n",
            size(bytes),
            &digest[..16.min(digest.len())]
        ));
    }
    let spec: Result<mu_step::StepSpec, _> = serde_json::from_value(meta.spec.clone());
    let inputs = spec.map(|s| s.inputs()).unwrap_or_default();
    if !inputs.is_empty() {
        out.push_str("\nmade from\n");
        for input in inputs {
            let of =
                store.get(input).ok().flatten().map_or("not in the store".to_owned(), |o| word(&o.meta.spec));
            out.push_str(&format!("  {} {of}\n", input.short()));
        }
    }
    out
}
