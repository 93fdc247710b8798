//! A figure's fields → a query with a horizontal axis.

use mu_diag::{Code, Diagnostic, Span};
use mu_syntax::ast::Declaration;

use crate::eval::{Evaluator, Scope};
use crate::fields::{FieldType, Fields, optional, required};
use crate::program::{
    Across, Center, Coord, Dimension, Draw, Experiment, Figure, Metric, Numbers, Point, Query, Samples, Shows,
};
use crate::query::Experiments;
use crate::types;
use crate::value::Value;
use crate::vocabulary::{Argument, words};
use crate::words::title;
use crate::world::ROOT;

pub(crate) const SCHEMA: &[FieldType] = &[
    required("from", "experiment", "The experiment that is shown."),
    optional(
        "draw",
        "lines | bars | scatter | grid",
        "Lines with a band of the spread, bars, or a dot for each point; or a grid of images of denoisers, a column for each condition.",
    ),
    optional("x", "axis", "The horizontal axis: an axis of the experiment; of a scatter plot, a metric."),
    optional("y", "metric", "The metric."),
    optional("line", "axis", "A line, or a colour, for each position of these axes."),
    optional("rows", "axis", "Of a grid: a row for each position of these axes."),
    optional(
        "images",
        "samples in 1..1000000",
        "Of a grid: how many images of each condition are in a row; 2 where it is not said.",
    ),
    optional("where", "condition", "Which points are shown."),
    optional("cell", "statistic", "How the values of a point become one: `mean ± std over seed`."),
    optional("caption", "text", "What stands above it."),
];

/// The fields that figures of numbers have, and those that grids of images have.
const OF_NUMBERS: [&str; 4] = ["x", "y", "line", "cell"];
const OF_SAMPLES: [&str; 2] = ["rows", "images"];

/// So many images of a condition are shown where a figure does not say.
const IMAGES: usize = 2;

/// What `draw` says.
enum Drawing {
    Lines,
    Bars,
    Scatter,
    Grid,
}

words! { Drawing { Lines = "lines", Bars = "bars", Scatter = "scatter", Grid = "grid" } }

impl Evaluator<'_> {
    pub(crate) fn figure(&self, declaration: &Declaration, experiments: &Experiments) -> Option<Figure> {
        let fields = Fields::read(self, declaration, SCHEMA)?;
        fields.no_clauses(self, "figure");
        let (index, experiment) = self.from(fields.get("from")?, experiments)?;
        let of = (declaration, index, experiment);
        let draw = match fields.value(self, &Scope::of(ROOT), SCHEMA, "draw") {
            Some(draw) => Drawing::read(&draw)?,
            None if fields.get("draw").is_some() => return None,
            None => Drawing::Lines,
        };
        let (query, shows) = match draw {
            Drawing::Grid => self.of_samples(&fields, of)?,
            Drawing::Lines => self.of_numbers(&fields, of, Draw::Lines)?,
            Drawing::Bars => self.of_numbers(&fields, of, Draw::Bars)?,
            Drawing::Scatter => self.of_numbers(&fields, of, Draw::Scatter)?,
        };
        let caption = fields.value(self, &Scope::of(ROOT), SCHEMA, "caption");
        let caption = caption.as_ref().and_then(Value::text).map(title);
        let name = declaration.name.text.clone();
        fields.complete.then_some(Figure { name, query, shows, caption })
    }

    /// Reports fields that figures of another sort have.
    fn no_other(&self, fields: &Fields<'_>, names: &[&str], sort: &str, own: &str) -> Option<()> {
        let mut found = Some(());
        for field in names.iter().filter_map(|name| fields.get(name)) {
            let message = format!("`{}` is for figures of {sort}, and this one shows {own}", field.name.text);
            self.report(
                Diagnostic::error(Code::UnknownField, field.name.span, message)
                    .help("leave it away, or say with `draw` what the figure shows"),
            );
            found = None;
        }
        found
    }

    /// The axes that a field names; none where it is not there.
    fn axes_of(&self, fields: &Fields<'_>, name: &str, experiment: &Experiment) -> Option<Vec<usize>> {
        let Some(field) = fields.get(name) else { return Some(Vec::new()) };
        let found = self.dimensions(&field.value, experiment)?;
        let axes: Vec<usize> =
            found.iter().filter_map(|d| if let Dimension::Axis(a) = d { Some(*a) } else { None }).collect();
        if axes.len() < found.len() {
            let message = format!("`{name}` takes axes");
            self.report(Diagnostic::error(Code::WrongType, field.value.span, message));
            return None;
        }
        Some(axes)
    }

    /// The metric that a field names.
    fn metric_of(&self, fields: &Fields<'_>, name: &str, experiment: &Experiment) -> Option<Metric> {
        let field = fields.get(name)?;
        let value = self.eval_as(&field.value, &Scope::of(ROOT), &types::of("metric"));
        if let Err(problem) = types::check(&value, &types::of("metric"), name) {
            self.report(*problem);
            return None;
        }
        let metric = self.metric(&value, &experiment.reference)?;
        let at = field.value.span;
        self.baselines(std::iter::once(&metric), &experiment.axes, &experiment.reference, at);
        self.classes_measured(std::iter::once(&metric), experiment, at);
        Some(metric)
    }

    fn of_numbers(
        &self,
        fields: &Fields<'_>,
        (declaration, index, experiment): (&Declaration, usize, &Experiment),
        draw: Draw,
    ) -> Option<(Query, Shows)> {
        self.no_other(fields, &OF_SAMPLES, "images", "numbers")?;
        fields.needs(self, declaration, SCHEMA, &["x", "y"])?;
        let lines = self.axes_of(fields, "line", experiment);
        // A scatter plot has a metric on both axes.
        let across = match draw {
            Draw::Scatter => Some(self.metric_of(fields, "x", experiment)?),
            Draw::Lines | Draw::Bars => None,
        };
        let xs = if across.is_some() { Some(Vec::new()) } else { self.axes_of(fields, "x", experiment) };
        let y = self.metric_of(fields, "y", experiment)?;
        let query = self.query(fields, index, experiment)?;
        let (lines, xs) = (lines?, xs?);
        let x = match (across, xs.as_slice()) {
            (Some(metric), _) => Across::Metric(Box::new(metric)),
            (None, &[x]) => {
                let shown: Vec<usize> = lines.iter().copied().chain([x]).collect();
                let at = declaration.name.span;
                let way = "add `line = AXIS`, fix it with `where`, or aggregate `over AXIS`";
                self.accounted(&query, experiment, (&shown, &[x]), at, way);
                self.without_place(&query, experiment, x, fields.get("x")?.value.span);
                Across::Axis(x)
            }
            (None, _) => {
                let message = "`x` takes one axis";
                self.report(Diagnostic::error(Code::WrongType, fields.get("x")?.value.span, message));
                return None;
            }
        };
        Some((query, Shows::Numbers(Box::new(Numbers { draw, x, y, lines }))))
    }

    /// Images of denoisers: one point for each row.
    fn of_samples(
        &self,
        fields: &Fields<'_>,
        (declaration, index, experiment): (&Declaration, usize, &Experiment),
    ) -> Option<(Query, Shows)> {
        let at = fields.get("draw").map_or(declaration.name.span, |f| f.value.span);
        let Some(generative) = &experiment.generative else {
            let message = format!(
                "a grid shows images of denoisers, and the models of `{}` are classifiers",
                experiment.name
            );
            let help = "draw numbers, or take an experiment that has `sample = ..`";
            self.report(Diagnostic::error(Code::WrongType, at, message).help(help));
            return None;
        };
        self.no_other(fields, &OF_NUMBERS, "numbers", "images")?;
        let rows = self.axes_of(fields, "rows", experiment)?;
        let filter = match fields.get("where") {
            Some(field) => Some(self.filter(&field.value, experiment)?),
            None => None,
        };
        let query = Query { experiment: index, filter, over: Vec::new(), center: Center::Mean, spread: None };
        let place = fields.get("rows").map_or(declaration.name.span, |f| f.value.span);
        let way = "a row shows the images of one model: put `AXIS` into `rows`, or fix it with `where`";
        self.accounted(&query, experiment, (&rows, &[]), place, way);
        let most = generative.sampling.each;
        let images = match fields.get("images") {
            None => IMAGES.min(most),
            Some(field) => {
                let images = fields.value(self, &Scope::of(ROOT), SCHEMA, "images")?.whole()?;
                match usize::try_from(images).ok().filter(|n| (1..=most).contains(n)) {
                    Some(images) => images,
                    None => {
                        let message = format!("{images} images of a condition, and the sampler makes {most}");
                        self.report(
                            Diagnostic::error(Code::OutOfRange, field.value.span, message)
                                .help(format!("take 1 to {most}, or more of the sampler: `images: ..`")),
                        );
                        return None;
                    }
                }
            }
        };
        Some((query, Shows::Samples(Samples { rows, images })))
    }

    /// Warns of points that are not on the horizontal axis: a figure has no place for them.
    fn without_place(&self, query: &Query, experiment: &Experiment, x: usize, span: Span) {
        let outside = |p: &Point| {
            query.filter.as_ref().is_none_or(|f| experiment.keeps(f, *p))
                && experiment.position(*p, x).is_none()
        };
        let name = &experiment.axes[x].name;
        let field = name.split('.').next().unwrap_or(name);
        let Some(axis) = experiment.axis(field).filter(|_| field != name) else { return };
        let mut missing: Vec<&str> = Vec::new();
        for p in experiment.points().filter(outside) {
            let label = experiment.position(p, axis).map(|at| experiment.label(Coord { axis, at }));
            missing.extend(label.filter(|l| !missing.contains(l)));
        }
        if missing.is_empty() {
            return;
        }
        let message =
            format!("{} {} no `{name}`", missing.join(", "), if missing.len() == 1 { "has" } else { "have" });
        let help = match missing.as_slice() {
            [one] => format!("say so with `where = {field} != {one}`, or show them in a table"),
            several => {
                format!(
                    "say so with `where = not {field} in [{}]`, or show them in a table",
                    several.join(", ")
                )
            }
        };
        self.report(
            Diagnostic::warning(Code::NotDrawn, span, message)
                .label("this figure has no place for them")
                .help(help),
        );
    }
}
