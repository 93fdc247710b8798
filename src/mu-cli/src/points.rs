//! What `EXPERIMENT[axis=value, ..]` stands for: points of a program, and their steps in a plan.

use mu_check::{Checked, Coord, Experiment, Origin, Point};
use mu_diag::{Problem, Sources, Span, did_you_mean};
use mu_plan::{Made, Targets};
use mu_step::{StepSpec, UnlearnSpec};

use crate::session::Session;

/// What `name[axis=value, ..]` means; axes that are not named stand at their first position.
pub(crate) fn point<'c>(checked: &'c Checked, what: &str) -> Result<(&'c Experiment, Point), Problem> {
    let (experiment, points) = points(checked, what)?;
    points.first().map(|p| (experiment, *p)).ok_or_else(|| nowhere(what))
}

fn nowhere(what: &str) -> Problem {
    Problem::new(format!("no point is like {what}"), "`mu plan` shows the axes")
}

/// All points that `name[axis=value, ..]` is true of, in the order of the grid.
pub(crate) fn points<'c>(checked: &'c Checked, what: &str) -> Result<(&'c Experiment, Vec<Point>), Problem> {
    let (name, rest) = what.split_once('[').unwrap_or((what, "]"));
    let experiments = &checked.program.experiments;
    let Some(experiment) = experiments.iter().find(|e| e.name == name.trim()) else {
        let names: Vec<&str> = experiments.iter().map(|e| e.name.as_str()).collect();
        let help = did_you_mean(name, names.iter().copied())
            .unwrap_or_else(|| format!("there are {}", names.join(", ")));
        return Err(Problem::new(format!("there is no experiment `{name}`"), help));
    };
    let mut wanted: Vec<Coord> = Vec::new();
    for part in rest.trim_end().trim_end_matches(']').split(',').map(str::trim).filter(|p| !p.is_empty()) {
        let Some((axis, label)) = part.split_once('=') else {
            let help = "such as `study[forget=worst, seed=1]`";
            return Err(Problem::new(format!("`{part}` is not `axis=value`"), help));
        };
        let (axis, label) = (axis.trim(), label.trim_start_matches('=').trim());
        let Some(at) = experiment.axis(axis) else {
            let axes: Vec<&str> = experiment.axes.iter().map(|a| a.name.as_str()).collect();
            let help = did_you_mean(axis, axes.iter().copied())
                .unwrap_or_else(|| format!("its axes are {}", axes.join(", ")));
            return Err(Problem::new(format!("`{name}` has no axis `{axis}`"), help));
        };
        let labels = &experiment.axes[at].labels;
        let Some(position) = labels.iter().position(|l| l == label) else {
            let help = did_you_mean(label, labels.iter().map(String::as_str))
                .unwrap_or_else(|| format!("it has {}", labels.join(", ")));
            return Err(Problem::new(format!("axis `{axis}` has no `{label}`"), help));
        };
        wanted.push(Coord { axis: at, at: position });
    }
    let on = |p: &Point| wanted.iter().all(|w| experiment.position(*p, w.axis) == Some(w.at));
    let found: Vec<Point> = experiment.points().filter(on).collect();
    if found.is_empty() { Err(nowhere(what)) } else { Ok((experiment, found)) }
}

/// The steps of a point, and what its method was told.
pub(crate) fn made<'s>(session: &'s Session, what: &str) -> Result<(Made, &'s UnlearnSpec), Problem> {
    let (experiment, p) = point(session.checked(), what)?;
    let find = || {
        let targets = targets(session, experiment)?;
        let p = chosen(experiment, targets, p, what).unwrap_or(p);
        let made = *targets.made.get(&experiment.index(p))?;
        match &session.plan().graph.get(made.model)?.spec {
            StepSpec::Unlearn(spec) => Some((made, spec)),
            _ => None,
        }
    };
    find().ok_or_else(|| {
        let help = "a tuned parameter has its value only once that was chosen; `mu plan` shows the points";
        Problem::new(format!("the plan has no model for {what}"), help)
    })
}

/// The measured numbers of an experiment.
pub(crate) fn targets<'s>(session: &'s Session, experiment: &Experiment) -> Option<&'s Targets> {
    let index = session.program().experiments.iter().position(|e| e.name == experiment.name)?;
    session.plan().targets.get(index)
}

/// The point with tuned parameters at their chosen values: `None` where nothing is tuned, where what is asked for names such a
/// parameter, or where the choice is still open.
pub(crate) fn chosen(experiment: &Experiment, targets: &Targets, p: Point, what: &str) -> Option<Point> {
    let tuned = |axis: usize| experiment.tunes.iter().any(|t| t.axis == axis);
    let named = experiment.tunes.iter().any(|t| what.contains(&experiment.axes[t.axis].name));
    if experiment.tunes.is_empty() || named || !targets.undecided.is_empty() {
        return None;
    }
    let same = |other: &&Point| {
        let mut fixed = experiment.coords(p).filter(|c| !tuned(c.axis));
        fixed.all(|c| experiment.position(**other, c.axis) == Some(c.at))
    };
    targets.points.iter().find(same).copied()
}

/// The parameters of a point: name, value, and where that was written.
pub(crate) fn parameters(sources: &Sources, e: &Experiment, p: Point) -> Vec<[String; 3]> {
    let mut rows: Vec<[String; 3]> = Vec::new();
    let fields: [(&str, &Origin); 6] = [
        ("data", &e.data[p.data].origin),
        ("model", &e.model[p.model].origin),
        ("train", &e.train[p.train].origin),
        ("forget", &e.forget[p.forget].origin),
        ("unlearn", &e.unlearn[p.unlearn].origin),
        ("seed", &e.seed[p.seed].origin),
    ];
    for (field, origin) in fields {
        for part in origin.parts() {
            let name = if part.path.is_empty() { field.to_owned() } else { format!("{field}.{}", part.path) };
            let default = if part.default { "  (default)" } else { "" };
            rows.push([name, part.text, format!("{}{default}", place(sources, part.span))]);
        }
    }
    rows
}

fn place(sources: &Sources, span: Span) -> String {
    let before = sources.text(span.file).get(..span.start as usize).unwrap_or("");
    format!("{}:{}", sources.name(span.file), before.matches('\n').count() + 1)
}
