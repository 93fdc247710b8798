//! A data set's fields → the steps that decode and split it.

use mu_diag::{Code, Diagnostic};
use mu_step::{Augmentation, DataSpec, Shared, SourceKind, Take, View};

use mu_syntax::ast::Declaration;

use crate::eval::{Evaluator, Scope};
use crate::fields::{FieldType, Fields, optional, required};
use crate::program::Dataset;
use crate::value::{Component, Data, Unit, Value};

pub(crate) const SCHEMA: &[FieldType] = &[
    required("source", "source", "Where the bytes come from."),
    required("classes", "int", "The number of classes."),
    required("channels", "int", "1 for grey, 3 for colour."),
    required("canvas", "px", "The side of the images; smaller ones are padded with zeros."),
    optional("train", "samples | all", "How many samples of the training part, from its beginning."),
    optional("test", "samples | all", "How many samples of the test part, from its beginning."),
    optional("holdout", "percent", "The share held out as the test part, where the source has none."),
    optional("validation", "percent", "The share of the training part, per class, that validates."),
    optional("split_seed", "int", "The seed of both splits."),
    optional("augment", "[augmentation]", "What is done to training images, in order."),
    required("normalize", "normalization", "How pixels become numbers."),
];

impl Evaluator<'_> {
    pub(crate) fn dataset(&self, set: &Component) -> Option<Dataset> {
        let mut scope = Scope::of(set.module);
        scope.locals.extend(set.args.clone());
        let fields = Fields::read(self, &set.declaration, SCHEMA)?;
        fields.no_clauses(self, "dataset");
        let value = |name| fields.value(self, &scope, SCHEMA, name);
        let number = |name| value(name).and_then(|v| v.number());
        let take = |name| match value(name).map(|v| v.data) {
            Some(Data::Number(n, Unit::Of(_))) => Take::First(n as usize),
            _ => Take::All,
        };
        let share = |name| number(name).unwrap_or(0.0) / 100.0;
        let source = value("source")?;
        let source = source.component()?;
        let (kind, root) = match source.name.as_str() {
            "idx_files" => {
                let Data::Text(root) = &source.arg("root")?.data else { return None };
                (SourceKind::Idx, Some(root.clone()))
            }
            "uci_digits" => (SourceKind::Digits, None),
            "cifar10_files" | "cifar100_files" | "celeba_files" => {
                let text = |name| match &source.arg(name)?.data {
                    Data::Text(text) => Some(text.clone()),
                    _ => None,
                };
                let kind = match source.name.as_str() {
                    "cifar10_files" => SourceKind::Cifar10,
                    "cifar100_files" => SourceKind::Cifar100,
                    _ => SourceKind::Celeba { attribute: text("attribute")? },
                };
                (kind, Some(text("root")?))
            }
            _ => {
                self.report(self.no_kernel(&source.declaration));
                return None;
            }
        };
        let normalize = value("normalize")?;
        let numbers = |name| match normalize.component().and_then(|c| c.arg(name)).map(|v| &v.data) {
            Some(Data::List(items)) => items.iter().filter_map(Value::number).collect(),
            _ => Vec::new(),
        };
        let (mean, std): (Vec<f64>, Vec<f64>) = (numbers("mean"), numbers("std"));
        let channels = number("channels")? as i64;
        let augment = match value("augment").map(|v| v.data) {
            Some(Data::List(items)) => {
                items.iter().filter_map(|v| self.augmentation(v.component()?)).collect()
            }
            _ => Vec::new(),
        };
        if !fields.complete {
            return None;
        }
        if mean.len() as i64 != channels || std.len() as i64 != channels || std.iter().any(|s| *s <= 0.0) {
            let message = format!(
                "`normalize` needs {channels} mean(s) and {channels} positive std(s), one per channel"
            );
            self.report(Diagnostic::error(Code::Shape, normalize.span, message));
            return None;
        }
        Some(Dataset {
            spec: DataSpec {
                source: kind,
                digest: String::new(),
                train: take("train"),
                test: take("test"),
                holdout: share("holdout"),
                split_seed: number("split_seed").unwrap_or(0.0) as u64,
                canvas: number("canvas")? as i64,
                channels,
                classes: number("classes")? as i64,
            },
            root,
            validation: share("validation"),
            view: Shared::new(View { augment, mean, std }),
        })
    }

    fn augmentation(&self, c: &Component) -> Option<Augmentation> {
        match c.name.as_str() {
            "crop" => Some(Augmentation::Crop { pad: c.int("pad")? }),
            "flip" => Some(Augmentation::Flip),
            _ => {
                self.report(self.no_kernel(&c.declaration));
                None
            }
        }
    }

    /// What to say of a `builtin` that the engine does not know.
    pub(crate) fn no_kernel(&self, declaration: &Declaration) -> Diagnostic {
        let (kind, name) = (declaration.kind.word(), &declaration.name);
        Diagnostic::error(Code::NoKernel, name.span, format!("the engine has no {kind} `{}`", name.text))
            .label("declared as `builtin` here")
            .help(format!(
                "`builtin` is for the standard library; write `{kind} {} = …` over what it has",
                name.text
            ))
    }
}
