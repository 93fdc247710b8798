use std::path::{Path, PathBuf};

use mu_check::{Checked, Coord, Experiment, Files, Origin, Point};
use mu_diag::{Code, Sources, Span, did_you_mean};

use mu_store::Store;

use crate::disk::{Disk, store_of};
use crate::{Outcome, StoreOption, load, render};

#[derive(clap::Args)]
pub(crate) struct Explain {
    /// A diagnostic's code, EXPERIMENT[axis=value, ..], or method.NAME
    what: String,
    /// The file of the experiment
    file: Option<PathBuf>,
    #[command(flatten)]
    store: StoreOption,
}

impl Explain {
    pub(crate) fn run(self) -> Outcome {
        if let Some(method) = self.what.strip_prefix("method.") {
            return self.method(method);
        }
        let Some(file) = &self.file else { return self.code() };
        let Some(checked) = load::check(file) else { return Outcome::Bad };
        match point(&checked, &self.what) {
            Ok((experiment, p)) => {
                let p = self.chosen(file, &checked, experiment, p);
                render::print(&describe(&checked.sources, experiment, p));
                Outcome::Well
            }
            Err((message, help)) => {
                render::problem(&message, &help);
                Outcome::Bad
            }
        }
    }

    /// The procedure of a method, as an experiment would run it with the method's defaults or the arguments given.
    fn method(&self, call: &str) -> Outcome {
        let name = self.file.as_ref().map_or("explain".to_owned(), |f| f.to_string_lossy().into_owned());
        let text = match self.file.as_ref().map(|_| Disk.read(&name)) {
            None => String::new(),
            Some(Ok(text)) => text,
            Some(Err(reason)) => {
                render::problem(&format!("cannot read {name}: {reason}"), "it must be a text file");
                return Outcome::Bad;
            }
        };
        let text = format!(
            "{text}\nexperiment explained_method {{ data = digits model = small_cnn train = training(10 epochs) forget = random(10%) \
             unlearn = {call} measure = [ua] }}\n"
        );
        let checked = mu_check::check(&Disk, &name, &text);
        if render::diagnostics(&checked.diagnostics, &checked.sources) {
            return Outcome::Bad;
        }
        let experiment = checked.program.experiments.iter().find(|e| e.name == "explained_method");
        for unlearn in experiment.iter().flat_map(|e| &e.unlearn).flat_map(|a| &a.value) {
            render::print(&mu_doc::procedure(call, &unlearn.procedure));
        }
        Outcome::Well
    }

    /// The point with tuned parameters at their chosen values, where the store knows them.
    fn chosen(&self, file: &Path, checked: &Checked, experiment: &Experiment, p: Point) -> Point {
        let asked = experiment.tunes.iter().any(|t| self.what.contains(&experiment.axes[t.axis].name));
        if experiment.tunes.is_empty() || asked {
            return p;
        }
        let store = Store::read_only(&store_of(file, self.store.store.as_deref()));
        let Some(loaded) = load::plan(file, &store) else { return p };
        let index = checked.program.experiments.iter().position(|e| e.name == experiment.name);
        let targets = index.and_then(|i| loaded.plan.targets.get(i));
        match targets.and_then(|t| super::point::chosen(experiment, t, p, &self.what)) {
            Some(chosen) => {
                render::eprint("note: tuned parameters stand at the values that were chosen\n");
                chosen
            }
            None => {
                render::eprint("note: not tuned yet: parameters that will be stand at a candidate\n");
                p
            }
        }
    }

    fn code(&self) -> Outcome {
        if let Some(code) = Code::of(&self.what) {
            render::print(&mu_doc::code(code));
            return Outcome::Well;
        }
        let names = || Code::ALL.iter().map(|c| c.name());
        let help = did_you_mean(&self.what, names()).unwrap_or_else(|| {
            format!(
                "a point of an experiment needs its file: `mu explain '{}' FILE`; the codes are {}",
                self.what,
                names().collect::<Vec<_>>().join(", ")
            )
        });
        render::problem(&format!("`{}` is no diagnostic code", self.what), &help);
        Outcome::Bad
    }
}

/// What `name[axis=value, ..]` means; axes that are not named stand at their first position.
pub(crate) fn point<'c>(
    checked: &'c Checked,
    what: &str,
) -> Result<(&'c Experiment, Point), (String, String)> {
    let (experiment, points) = points(checked, what)?;
    points.first().map(|p| (experiment, *p)).ok_or_else(|| nowhere(what))
}

fn nowhere(what: &str) -> (String, String) {
    (format!("no point is like {what}"), "`mu plan` shows the axes".to_owned())
}

/// All points that `name[axis=value, ..]` is true of, in the order of the grid.
pub(crate) fn points<'c>(
    checked: &'c Checked,
    what: &str,
) -> Result<(&'c Experiment, Vec<Point>), (String, String)> {
    let (name, rest) = what.split_once('[').unwrap_or((what, "]"));
    let experiments = &checked.program.experiments;
    let Some(experiment) = experiments.iter().find(|e| e.name == name.trim()) else {
        let names: Vec<&str> = experiments.iter().map(|e| e.name.as_str()).collect();
        let help = did_you_mean(name, names.iter().copied())
            .unwrap_or_else(|| format!("there are {}", names.join(", ")));
        return Err((format!("there is no experiment `{name}`"), help));
    };
    let mut wanted: Vec<Coord> = Vec::new();
    for part in rest.trim_end().trim_end_matches(']').split(',').map(str::trim).filter(|p| !p.is_empty()) {
        let Some((axis, label)) = part.split_once('=') else {
            return Err((
                format!("`{part}` is not `axis=value`"),
                "such as `study[forget=worst, seed=1]`".to_owned(),
            ));
        };
        let (axis, label) = (axis.trim(), label.trim_start_matches('=').trim());
        let Some(at) = experiment.axis(axis) else {
            let axes: Vec<&str> = experiment.axes.iter().map(|a| a.name.as_str()).collect();
            let help = did_you_mean(axis, axes.iter().copied())
                .unwrap_or_else(|| format!("its axes are {}", axes.join(", ")));
            return Err((format!("`{name}` has no axis `{axis}`"), help));
        };
        let labels = &experiment.axes[at].labels;
        let Some(position) = labels.iter().position(|l| l == label) else {
            let help = did_you_mean(label, labels.iter().map(String::as_str))
                .unwrap_or_else(|| format!("it has {}", labels.join(", ")));
            return Err((format!("axis `{axis}` has no `{label}`"), help));
        };
        wanted.push(Coord { axis: at, at: position });
    }
    let on = |p: &Point| wanted.iter().all(|w| experiment.position(*p, w.axis) == Some(w.at));
    let found: Vec<Point> = experiment.points().filter(on).collect();
    if found.is_empty() { Err(nowhere(what)) } else { Ok((experiment, found)) }
}

/// Every parameter of a point and where its value was written.
fn describe(sources: &Sources, e: &Experiment, p: Point) -> String {
    let coords: Vec<String> =
        e.coords(p).map(|c| format!("{}={}", e.axes[c.axis].name, e.label(c))).collect();
    let rows = parameters(sources, e, p);
    let width = |column: usize| rows.iter().map(|r| r[column].chars().count()).max().unwrap_or(0);
    let (first, second) = (width(0), width(1));
    let mut text = format!("{}[{}]\n", e.name, coords.join(", "));
    let network = e.model[p.model].value[p.data].footprint();
    for [name, value, place] in &rows {
        text.push_str(format!("  {name:<first$}  {value:<second$}  {place}").trim_end());
        text.push('\n');
    }
    let [channels, height, width] = e.model[p.model].value[p.data].input;
    text.push_str(&format!("  the network sees {channels} × {height} × {width} px: {network}\n"));
    text
}

/// The parameters of a point: name, value, and where that was written.
pub(super) fn parameters(sources: &Sources, e: &Experiment, p: Point) -> Vec<[String; 3]> {
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
