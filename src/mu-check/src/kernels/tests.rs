//! Both ways: every `builtin` of the library means something to the check, whatever its kind.

use mu_diag::{Code, FileId};
use mu_syntax::ast::{Body, Declaration, Item, Kind, Param, TypeAtom};

struct NoFiles;

impl crate::Files for NoFiles {
    fn read(&self, _: &str) -> Result<String, String> {
        Err("no files here".to_owned())
    }
    fn join(&self, _: &str, path: &str) -> String {
        path.to_owned()
    }
}

/// A value of a type, as it would be written.
fn value(atom: &TypeAtom) -> String {
    let name = match atom {
        TypeAtom::Name(n) => n.text.as_str(),
        TypeAtom::List(of) => return format!("[{}]", of.atoms.first().map(value).unwrap_or_default()),
        TypeAtom::Record(..) => return "{ }".to_owned(),
    };
    match name {
        "int" | "real" | "seed" => "1".to_owned(),
        "percent" => "10%".to_owned(),
        "path" | "path_of_point" | "text" => "\"x\"".to_owned(),
        "bool" => "true".to_owned(),
        "set" => "retain".to_owned(),
        "loss" => "ce(retain)".to_owned(),
        "teacher" => "original".to_owned(),
        "parameters" => "all".to_owned(),
        "importance" => "magnitude".to_owned(),
        "selection" => "random(10%)".to_owned(),
        "score" => "loss_score".to_owned(),
        "groups" => "attribute(\"x\")".to_owned(),
        "method" => "ft".to_owned(),
        "recipe" => "training(1 epochs)".to_owned(),
        "optimizer" => "sgd(lr: 0.1)".to_owned(),
        "schedule" => "constant".to_owned(),
        "layer" => "relu".to_owned(),
        "model" => "small_cnn".to_owned(),
        "init" => "zeros".to_owned(),
        "dataset" => "digits".to_owned(),
        "metric" => "va".to_owned(),
        "diffusion" => "flow".to_owned(),
        unit if crate::UNITS.contains(&unit) => format!("1 {unit}"),
        word => word.to_owned(),
    }
}

/// A call with what has no default.
fn call(d: &Declaration) -> String {
    let open = |p: &&Param| p.ty.as_ref().is_some_and(|ty| crate::types::names(ty) == ["arguments"]);
    let needed = d.params.iter().filter(|p| p.default.is_none() && !open(p));
    let given: Vec<String> = needed
        .map(|p| {
            let atom = p.ty.as_ref().and_then(|ty| ty.atoms.first());
            format!("{}: {}", p.name.text, atom.map(value).unwrap_or_default())
        })
        .collect();
    if given.is_empty() { d.name.text.clone() } else { format!("{}({})", d.name.text, given.join(", ")) }
}

/// A study that uses a value of some kind where it belongs.
fn study(kind: Kind, x: &str) -> Option<String> {
    let method = |body: &str| format!("method m {{ start from original {body} }}");
    let repeat = |loss: &str| {
        method(&format!(
            "repeat 1 epochs over retain with forget in batches of 8 samples {{ minimize {loss} by sgd(lr: 0.1) }}"
        ))
    };
    let layers =
        |first: &str| format!("model net() {{ a: {first} -> global_average_pool -> fc: linear(classes) }}");
    let data = |fields: &str| format!("dataset own() {{ classes = 10 channels = 1 canvas = 8 px {fields} }}");
    let (plain, normal) = ("source = uci_digits", "normalize = channels(mean: [0.3], std: [0.4])");
    let field = |name: &str, value: &str| (String::new(), vec![(name.to_owned(), value.to_owned())]);
    let with = |text: String, name: &str, value: &str| (text, vec![(name.to_owned(), value.to_owned())]);
    let (declared, fields) = match kind {
        Kind::Schedule => {
            field("train", &format!("training(1 epochs, optimizer: sgd(lr: 0.1, schedule: {x}))"))
        }
        Kind::Optimizer => field("train", &format!("training(1 epochs, optimizer: {x})")),
        Kind::Recipe => field("train", x),
        Kind::Kept => field("train", &format!("training(1 epochs, keep: {x})")),
        Kind::Method => field("unlearn", &format!("each [retrain, {x}]")),
        Kind::Selection => field("forget", x),
        Kind::Score => field("forget", &format!("highest({x}, 10%)")),
        Kind::Groups => field("forget", &format!("by_group({x}, 1)")),
        Kind::Metric => field("measure", &format!("[{x}]")),
        Kind::Teacher => {
            with(repeat(&format!("kl({x}, retain) + ce(forget)")), "unlearn", "each [retrain, m]")
        }
        Kind::Labels => {
            with(repeat(&format!("ce(forget, labels: {x}) + ce(retain)")), "unlearn", "each [retrain, m]")
        }
        Kind::Images => {
            with(repeat(&format!("ce(forget, view: {x}) + ce(retain)")), "unlearn", "each [retrain, m]")
        }
        Kind::Loss => with(repeat(&format!("{x} + ce(retain) + ce(forget)")), "unlearn", "each [retrain, m]"),
        Kind::Surgery => with(method(&format!("step all by {x}")), "unlearn", "each [retrain, m]"),
        Kind::Parameters => with(method(&format!("step {x} by zero")), "unlearn", "each [retrain, m]"),
        Kind::Importance => {
            with(method(&format!("step top(10%, rank: {x}) by zero")), "unlearn", "each [retrain, m]")
        }
        Kind::Layer => with(layers(x), "model", "net"),
        Kind::Init => with(layers(&format!("conv(8, 3, weight: {x})")), "model", "net"),
        Kind::Source => with(data(&format!("source = {x} {normal}")), "data", "own"),
        Kind::Normalization => with(data(&format!("{plain} normalize = {x}")), "data", "own"),
        Kind::Augmentation => with(data(&format!("{plain} {normal} augment = [{x}]")), "data", "own"),
        Kind::Diffusion => {
            with(repeat(&format!("denoise(retain, {x}) + denoise(forget)")), "unlearn", "each [retrain, m]")
        }
        Kind::Sampler => field("sample", x),
        Kind::Judge => field("judge", x),
        Kind::Dataset | Kind::Model | Kind::Experiment | Kind::Table | Kind::Figure => {
            return None;
        }
    };
    let mut study = vec![
        ("data", "digits"),
        ("model", "small_cnn"),
        ("train", "training(1 epochs)"),
        ("forget", "random(10%)"),
        ("unlearn", "each [retrain, ft]"),
        ("measure", "[ua]"),
    ];
    for (name, value) in &mut study {
        if let Some((_, other)) = fields.iter().find(|(n, _)| n == name) {
            *value = other;
        }
    }
    study.extend(
        fields
            .iter()
            .filter(|(n, _)| ["sample", "judge"].contains(&n.as_str()))
            .map(|(n, v)| (n.as_str(), v.as_str())),
    );
    let lines: Vec<String> = study.iter().map(|(n, v)| format!("  {n} = {v}")).collect();
    Some(format!("{declared}\nexperiment e {{\n{}\n}}\n", lines.join("\n")))
}

#[test]
fn every_builtin_of_the_library_has_a_kernel() {
    let mut seen = std::collections::BTreeSet::new();
    for file in mu_stdlib::files() {
        let parsed = mu_syntax::parse(file.text, FileId(0));
        for item in &parsed.file.items {
            let Item::Declaration(d) = item else { continue };
            if !matches!(d.body, Body::Builtin) {
                continue;
            }
            let text = study(d.kind, &call(d)).unwrap_or_default();
            assert!(!text.is_empty(), "nothing here says where {} `{}` belongs", d.kind.word(), d.name.text);
            seen.insert(d.kind);
            let checked = crate::check(&NoFiles, "kernels.mu", &text);
            let lost: Vec<_> = checked.diagnostics.iter().filter(|d| d.code == Code::NoKernel).collect();
            assert!(lost.is_empty(), "{} `{}`: {lost:?}\n{text}", d.kind.word(), d.name.text);
            let unknown = checked.diagnostics.iter().find(|d| d.code == Code::UnknownName);
            assert!(unknown.is_none(), "{unknown:?}\n{text}");
        }
    }
    assert!(seen.len() > 15, "{seen:?}");
}
