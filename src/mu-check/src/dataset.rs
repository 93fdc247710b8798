//! A data set's fields → the steps that decode and split it.

use mu_diag::{Code, Diagnostic, Span};
use mu_step::{Augmentation, DataSpec, Prepare, Shared, Take, View};

use crate::eval::{Evaluator, Scope};
use crate::fields::{FieldType, Fields, optional, required};
use crate::program::Dataset;
use crate::value::{Component, Data, Value};
use crate::vocabulary::{Argument, At, Bytes, Drawn, Normalization};

pub(crate) const SCHEMA: &[FieldType] = &[
    required("source", "source", "Where the bytes come from."),
    optional("classes", "int in 1..10000000", "The number of classes, where the source does not say it."),
    required("channels", "int in 1..1024", "1 for grey, 3 for colour."),
    required(
        "canvas",
        "px in 1..16384",
        "The side of the images as they are kept; smaller ones are padded with zeros.",
    ),
    optional("prepare", "[augmentation]", "What is done to each image once, when it is decoded."),
    optional("only", "all | [int in 0..10000000]", "The classes that are kept, numbered anew in this order."),
    optional(
        "train",
        "samples | percent | all",
        "How much of the training part: so many samples, of each class in proportion to its size, or a share of each class; in each class the first.",
    ),
    optional("test", "samples | percent | all", "How much of the test part."),
    optional(
        "holdout",
        "percent in 0..100",
        "The share held out as the test part, where the source has none.",
    ),
    optional("validation", "percent in 0..100", "The share of the training part, per class, that validates."),
    optional(
        "split",
        "mu | numpy",
        "By whose random numbers: `numpy` draws the validation samples as Unlearn-WorstCase does.",
    ),
    optional("split_seed", "seed", "The seed of both splits."),
    optional("corrupt", "samples", "How many images may be unreadable; they are never trained or tested on."),
    optional("augment", "[augmentation]", "What is done to training images, in order."),
    optional(
        "evaluate",
        "[augmentation]",
        "What is done to images that are not augmented; nothing of it is random.",
    ),
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
        let take = |name| value(name).map_or(Some(Take::All), |v| Take::read(&v));
        let share = |name| number(name).unwrap_or(0.0) / 100.0;
        let source = value("source")?;
        let Bytes { kind, root } = Bytes::read(&source)?;
        let normalize = value("normalize")?;
        let Normalization { mean, std } = Normalization::read(&normalize)?;
        let channels = number("channels")? as i64;
        let only = value("only").map_or(Some(None), |v| Option::<Vec<i64>>::read(&v))?;
        let list = |name| value(name).map_or(Some(Vec::new()), |v| Vec::<At<Augmentation>>::read(&v));
        let (augment, evaluate) = (list("augment")?, list("evaluate")?);
        let prepare = list("prepare")?
            .into_iter()
            .map(|a| self.prepare(a.value, a.span))
            .collect::<Option<Vec<_>>>()?;
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
        let canvas = number("canvas")? as i64;
        let size = self.size(canvas, &augment, &evaluate)?;
        let said = value("classes");
        let classes = match (said.as_ref().and_then(Value::number), kind.classes()) {
            (Some(said), _) => said as i64,
            (None, Some(known)) => known,
            (None, None) => {
                if said.is_none() && fields.complete {
                    let message = format!("dataset `{}` has no `classes`", set.declaration.name.text);
                    self.report(
                        Diagnostic::error(Code::MissingField, fields.name(), message)
                            .label("`classes` is required: a whole number")
                            .help("add `classes = …`"),
                    );
                }
                return None;
            }
        };
        self.kept_classes(value("only").as_ref(), classes)?;
        let kept = only.as_ref().map_or(classes, |only| only.len() as i64);
        let plain = |list: Vec<At<Augmentation>>| list.into_iter().map(|a| a.value).collect();
        Some(Dataset {
            spec: DataSpec {
                source: kind,
                digest: String::new(),
                train: take("train")?,
                test: take("test")?,
                only,
                prepare,
                corrupt: number("corrupt").unwrap_or(0.0) as usize,
                holdout: share("holdout"),
                split_seed: value("split_seed").and_then(|v| u64::try_from(v.whole()?).ok()).unwrap_or(0),
                canvas,
                channels,
                classes: kept,
            },
            root,
            validation: share("validation"),
            numpy: value("split").map_or(Some(false), |v| Some(Drawn::read(&v)? == Drawn::Numpy))?,
            size,
            view: Shared::new(View { augment: plain(augment), evaluate: plain(evaluate), mean, std }),
        })
    }

    /// The classes that are kept must be there.
    fn kept_classes(&self, only: Option<&Value>, classes: i64) -> Option<()> {
        let Some(Data::List(items)) = only.map(|v| &v.data) else { return Some(()) };
        let outside = |v: &&Value| !v.whole().is_some_and(|c| (0..i128::from(classes)).contains(&c));
        let Some(wrong) = items.iter().find(outside) else { return Some(()) };
        let message = format!("there is no class {wrong}");
        self.report(
            Diagnostic::error(Code::OutOfRange, wrong.span, message)
                .label(format!("the data set has {classes} classes"))
                .help(format!("classes are numbered from 0 to {}", classes - 1)),
        );
        None
    }

    /// The side of the network's input: the same with and without augmentation.
    fn size(&self, canvas: i64, augment: &[At<Augmentation>], evaluate: &[At<Augmentation>]) -> Option<i64> {
        let side = |list: &[At<Augmentation>]| {
            list.iter().try_fold(canvas, |side, a| match a.value.output(side) {
                Ok(side) => Some(side),
                Err(message) => {
                    self.report(Diagnostic::error(Code::Shape, a.span, message));
                    None
                }
            })
        };
        if let Some(drawn) = evaluate.iter().find(|a| a.value.is_random()) {
            let message = "`evaluate` is the same every time: nothing of it may be random";
            self.report(Diagnostic::error(Code::WrongType, drawn.span, message));
            return None;
        }
        let (trained, evaluated) = (side(augment)?, side(evaluate)?);
        if trained != evaluated {
            let place = augment.last().or(evaluate.last())?.span;
            let message =
                format!("images of {trained} px are trained on, images of {evaluated} px evaluated");
            self.report(
                Diagnostic::error(Code::Shape, place, message)
                    .help(format!("write `evaluate = [centre_crop({trained} px)]`, or the like")),
            );
            return None;
        }
        Some(trained)
    }

    fn prepare(&self, a: Augmentation, span: Span) -> Option<Prepare> {
        let once = a.once();
        if once.is_none() {
            let message = "images are prepared once: only `resize` and `centre_crop` can be";
            self.report(
                Diagnostic::error(Code::WrongType, span, message)
                    .help("what is drawn anew for each batch belongs to `augment`"),
            );
        }
        once
    }
}
