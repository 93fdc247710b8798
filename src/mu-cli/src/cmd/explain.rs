use std::path::{Path, PathBuf};

use mu_check::{Experiment, Files, Point, REQUEST};
use mu_diag::{Code, Problem, Sources, did_you_mean};
use mu_step::{Sampling, SamplingRule, Start};

use crate::disk::Disk;
use crate::points::{chosen, parameters, point, targets};
use crate::session::{self, Session};
use crate::store::StoreOption;
use crate::{Outcome, render};

#[derive(clap::Args)]
pub(crate) struct Explain {
    /// A diagnostic's code, EXPERIMENT[axis=value, ..], or method.NAME
    what: String,
    /// The file of the experiment
    file: Option<PathBuf>,
    #[command(flatten)]
    store: StoreOption,
}

/// What a method's experiment has beside it: the first in which it is well is the one in which it is explained.
const CLASSIFIERS: &str = "model = small_cnn train = training(10 epochs)";
const DENOISERS: [&str; 2] = [
    "model = explained_denoiser train = training(10 epochs, loss: denoise(retain, drop: 10%)) sample = euler judge = classifier(small_cnn, train: \
     training(10 epochs))",
    "model = explained_denoiser train = training(10 epochs, loss: denoise(retain, diffusion: ddpm, drop: 10%)) sample = ddim judge = \
     classifier(small_cnn, train: training(10 epochs))",
];
const DENOISER: &str = "model explained_denoiser { flatten -> concat([identity, time_embedding(8), (c: label_embedding(8))]) \
                        -> a: linear(channels * canvas * canvas) -> to_image(channels) }";

impl Explain {
    pub(crate) fn run(self) -> Result<Outcome, Problem> {
        if let Some(method) = self.what.strip_prefix("method.") {
            return self.method(method);
        }
        let Some(file) = &self.file else { return self.code() };
        let checked = session::check(file)?;
        let (experiment, p) = point(&checked, &self.what)?;
        let p = self.chosen(file, experiment, p);
        render::print(&describe(&checked.sources, experiment, p));
        Ok(Outcome::Well)
    }

    /// The procedure of a method, as an experiment would run it with the method's defaults or the arguments given.
    fn method(&self, call: &str) -> Result<Outcome, Problem> {
        let name = self.file.as_ref().map_or("explain".to_owned(), |f| f.to_string_lossy().into_owned());
        let text = match &self.file {
            None => String::new(),
            Some(_) => Disk.read(&name).map_err(|reason| {
                Problem::new(format!("cannot read {name}: {reason}"), "it must be a text file")
            })?,
        };
        // A method of denoisers has a meaning where images are made by its own diffusion.
        let of = |fields: &str, model: &str| {
            let own = "data = digits forget = by_class(0) measure = [ua]";
            let written = format!(
                "{text}\nexperiment explained_method {{ {own} unlearn = {call} {fields} }}\n{model}\n"
            );
            mu_check::check(&Disk, &name, &written)
        };
        let classifier = of(CLASSIFIERS, "");
        let other =
            || DENOISERS.iter().map(|fields| of(fields, DENOISER)).find(|checked| !checked.has_errors());
        let checked = if classifier.has_errors() { other().unwrap_or(classifier) } else { classifier };
        let checked = session::shown(checked.diagnostics.clone(), checked)?;
        let experiment = checked.program.experiments.iter().find(|e| e.name == "explained_method");
        for unlearn in experiment.iter().flat_map(|e| &e.unlearn).flat_map(|a| &a.value) {
            render::print(&mu_doc::procedure(call, &unlearn.procedure));
        }
        Ok(Outcome::Well)
    }

    /// The point with tuned parameters at their chosen values, where the store knows them.
    fn chosen(&self, file: &Path, experiment: &Experiment, p: Point) -> Point {
        let asked = experiment.tunes.iter().any(|t| self.what.contains(&experiment.axes[t.axis].name));
        if experiment.tunes.is_empty() || asked {
            return p;
        }
        // Where the file cannot be planned its parameters can be said nevertheless, with what is wrong.
        let session = match Session::open(file, &self.store) {
            Ok(session) => session,
            Err(problem) => {
                render::problem(problem);
                return p;
            }
        };
        match targets(&session, experiment).and_then(|t| chosen(experiment, t, p, &self.what)) {
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

    fn code(&self) -> Result<Outcome, Problem> {
        if let Some(code) = Code::of(&self.what) {
            render::print(&mu_doc::code(code));
            return Ok(Outcome::Well);
        }
        let names = || Code::ALL.iter().map(|c| c.name());
        let help = did_you_mean(&self.what, names()).unwrap_or_else(|| {
            format!(
                "a point of an experiment needs its file: `mu explain '{}' FILE`; the codes are {}",
                self.what,
                names().collect::<Vec<_>>().join(", ")
            )
        });
        Err(Problem::new(format!("`{}` is no diagnostic code", self.what), help))
    }
}

/// Which of several requests a point is at, and what the method has before it.
fn turn(e: &Experiment, p: Point) -> String {
    let (Some(at), of) = (e.axis(REQUEST).and_then(|axis| e.position(p, axis)), e.requests(p.forget)) else {
        return String::new();
    };
    let anew = e.unlearn[p.unlearn].value[p.train].procedure.start == Start::Scratch;
    let from = match at {
        0 => String::new(),
        _ if anew => ": the method starts anew, and unlearns all that was asked for so far".to_owned(),
        _ => format!(
            ": the original is the model that this method made for request {at}; what was asked for before is in no set any more"
        ),
    };
    format!("  request {} of {of}{from}\n", at + 1)
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
    if let Some(generative) = &e.generative {
        let of = sampler(&generative.sampling);
        text.push_str(&format!("  images are made by {of}; the judge is {}\n", generative.label));
    }
    let [channels, height, width] = e.model[p.model].value[p.data].input;
    text.push_str(&turn(e, p));
    text.push_str(&format!("  the network sees {channels} × {height} × {width} px: {network}\n"));
    text
}

/// `euler along flow, 20 steps, guidance 2, 50 images of each condition`
fn sampler(of: &Sampling) -> String {
    let rule = match of.rule {
        SamplingRule::Euler => "euler".to_owned(),
        SamplingRule::Heun => "heun".to_owned(),
        SamplingRule::Ddim { eta } => format!("ddim (eta {eta})"),
    };
    let Sampling { of, steps, guidance, each, .. } = of;
    format!("{rule} along {of}, {steps} steps, guidance {guidance}, {each} images of each condition")
}
