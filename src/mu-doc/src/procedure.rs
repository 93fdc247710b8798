//! A method's resolved procedure in words, with its phases along a line.

use mu_step::{
    Action, Clip, Course, Criterion, Keep, LayerKind, Length, LossTerm, Mix, Multiple, Optimizer,
    ParameterSet, Procedure, Quantity, Reduction, Repeat, Rule, Sam, Samples, Schedule, Score, Set, Slowed,
    Start, Stream, Surgery, UserProgram, Weights,
};

/// What a procedure does, statement by statement, and when.
#[must_use]
pub fn procedure(name: &str, procedure: &Procedure) -> String {
    let start = match procedure.start {
        Start::Original => "the original model",
        Start::Scratch => "a fresh initialisation",
        Start::Checkpoint => "a checkpoint",
    };
    let anew = if procedure.draw > 0 { ", with random numbers of its own" } else { "" };
    let mut text = format!("{name} starts from {start}{anew}\n");
    let mut phases = Vec::new();
    statements(&procedure.actions, 1, Rounds { count: 1, group: None }, &mut text, &mut phases);
    if !phases.is_empty() {
        text.push_str(&timeline(&phases));
    }
    text
}

/// A phase on the line: what it runs over, and in which rounds it has how many epochs, or steps.
struct Phase {
    label: String,
    length: Length,
    rounds: usize,
    /// Phases of one alternation share a group.
    group: usize,
}

impl Phase {
    /// How long a round of it is, in its own unit.
    fn size(&self) -> usize {
        let (Length::Epochs(count) | Length::Steps(count)) = self.length;
        count
    }
}

/// What statements stand in: so many rounds, and the group of phases that take turns.
#[derive(Clone, Copy)]
struct Rounds {
    count: usize,
    group: Option<usize>,
}

fn statements(actions: &[Action], depth: usize, rounds: Rounds, text: &mut String, phases: &mut Vec<Phase>) {
    let indent = "  ".repeat(depth);
    for action in actions {
        match action {
            Action::Update { only } => {
                text.push_str(&format!("{indent}from here on only {} move\n", parameters(only)));
            }
            Action::Slow { parameters: set, factor } => {
                text.push_str(&format!(
                    "{indent}gradients of {} are multiplied by {factor}\n",
                    parameters(set)
                ));
            }
            Action::Reinit { parameters: set } => {
                text.push_str(&format!("{indent}{} are drawn anew\n", parameters(set)));
            }
            Action::Step { parameters: set, by } => {
                text.push_str(&format!("{indent}{}: {}\n", parameters(set), surgery(by)));
            }
            Action::AddClass => text.push_str(&format!("{indent}an output unit is added, until the end\n")),
            Action::On { part } => {
                text.push_str(&format!("{indent}on part {} of the forget set\n", part + 1));
            }
            Action::Program(program) => text.push_str(&format!("{indent}{}\n", user_program(program))),
            Action::Alternate { rounds: count, actions } => {
                text.push_str(&format!("{indent}{count} rounds of\n"));
                let rounds = Rounds { count: *count, group: Some(phases.len() + 1) };
                statements(actions, depth + 1, rounds, text, phases);
            }
            Action::Aside { model, actions } => {
                let model = model + 1;
                text.push_str(&format!("{indent}on a copy, which then is model {model} on the side\n"));
                statements(actions, depth + 1, Rounds { count: 1, group: None }, text, phases);
            }
            Action::Weights { of } => {
                text.push_str(&format!("{indent}the weights are set to {}\n", combination(of)));
            }
            Action::Lookahead { rounds: inner, share, actions } => {
                text.push_str(&format!("{indent}{share} of the way that {inner} rounds go, of\n"));
                let group = Some(rounds.group.unwrap_or(phases.len() + 1));
                let rounds = Rounds { count: rounds.count * inner, group };
                statements(actions, depth + 1, rounds, text, phases);
            }
            Action::KeepBest { by, actions } => {
                let by = criterion(by);
                text.push_str(&format!("{indent}from here on it ends with the epoch of the least {by}\n"));
                statements(actions, depth, rounds, text, phases);
            }
            Action::Repeat(repeat) => {
                phase(repeat, &indent, text);
                let label = repeat.streams.iter().map(stream).collect::<Vec<_>>().join(" beside ");
                let of = repeat.rounds.map_or(rounds.count, |first| first.min(rounds.count));
                let group = rounds.group.unwrap_or(phases.len() + 1);
                phases.push(Phase { label, length: repeat.length, rounds: of, group });
            }
        }
    }
}

/// A sum of models.
fn combination(sum: &[Multiple]) -> String {
    let one = |m: &Multiple| {
        let of = match &m.of {
            Weights::Original => "original".to_owned(),
            Weights::Scratch => "fresh model".to_owned(),
            Weights::Present => "weights".to_owned(),
            Weights::Aside { model } => format!("model {}", model + 1),
            Weights::Consensus { of } => {
                let of = of.iter().map(|sum| combination(sum)).collect::<Vec<_>>().join(", ");
                format!("(mean where all have one sign, else 0, of {of})")
            }
        };
        format!("{} · {of}", m.factor)
    };
    sum.iter().map(one).collect::<Vec<_>>().join(" + ")
}

/// What epochs are judged by.
fn criterion(by: &Criterion) -> String {
    match by {
        Criterion::Number { value } => value.to_string(),
        Criterion::Loss { over, terms } => {
            let terms = terms.iter().map(loss).collect::<Vec<_>>().join(" + ");
            match over {
                Samples::Validation => format!("{terms} (of validation samples)"),
                Samples::Forget | Samples::Retain => terms,
            }
        }
        Criterion::Sum { of } => {
            let of = of.iter().map(criterion).collect::<Vec<_>>().join(" + ");
            format!("({of})")
        }
        Criterion::Scaled { factor, of } => format!("{factor} · {}", criterion(of)),
        Criterion::Abs { of } => format!("|{}|", criterion(of)),
    }
}

/// `npo.py is run by python3 with lr = 0.0001: …`
fn user_program(program: &UserProgram) -> String {
    let by = match program.command.as_slice() {
        [] => String::new(),
        words => format!(" by `{}`", words.join(" ")),
    };
    let told: Vec<String> =
        program.parameters.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    let told = if told.is_empty() { String::new() } else { format!(" with {}", told.join(", ")) };
    format!("{} is run{by}{told}: it takes the weights, and gives others", program.name())
}

fn phase(repeat: &Repeat, indent: &str, text: &mut String) {
    let over = repeat.streams.iter().map(stream).collect::<Vec<_>>().join(", with a batch beside each of ");
    let length = match repeat.length {
        Length::Epochs(1) => "1 epoch".to_owned(),
        Length::Epochs(epochs) => format!("{epochs} epochs"),
        Length::Steps(1) => "1 step".to_owned(),
        Length::Steps(steps) => format!("{steps} steps"),
    };
    let first = repeat.rounds.map(|n| format!(", in the first {n} rounds")).unwrap_or_default();
    text.push_str(&format!("{indent}{length} over {over}, in batches of {}{first}\n", repeat.batch));
    for Slowed { parameters: set, factor } in &repeat.slow {
        let set = parameters(set);
        text.push_str(&format!("{indent}  in it alone, gradients of {set} are multiplied by {factor}\n"));
    }
    for term in &repeat.loss {
        let (said, names) = said(term);
        text.push_str(&format!("{indent}  minimize {said}\n"));
        for (at, (name, what)) in names.iter().enumerate() {
            let begin = if at == 0 { "where" } else { "     " };
            text.push_str(&format!("{indent}    {begin} {name} = {what}\n"));
        }
    }
    text.push_str(&format!("{indent}  by {}\n", optimizer(&repeat.optimizer)));
    course(&repeat.course).iter().for_each(|line| text.push_str(&format!("{indent}  {line}\n")));
    for stream in &repeat.streams {
        let mut seen = Vec::new();
        let noise = "as noise that maximises the error";
        if let Some(of) = stream.noise.and_then(|n| n.of) {
            text.push_str(&format!("{indent}  {} is seen {noise}\n", set(of)));
        } else if stream.noise.is_some() {
            seen.push(noise);
        } else if stream.clean {
            seen.push("without augmentation");
        }
        if stream.evaluation {
            seen.push("in evaluation mode");
        }
        if !seen.is_empty() {
            text.push_str(&format!("{indent}  {} is seen {}\n", self::stream(stream), seen.join(", ")));
        }
    }
}

/// What else a training does, a line each.
fn course(course: &Course) -> Vec<String> {
    let mut lines = Vec::new();
    match course.mix {
        Some(Mix { mixup: Some(a), cutmix: Some(b) }) => {
            lines.push(format!("each batch is mixed by mixup (alpha {a}) or by cutmix (alpha {b})"));
        }
        Some(Mix { mixup: Some(a), cutmix: None }) => {
            lines.push(format!("batches are mixed by mixup (alpha {a})"))
        }
        Some(Mix { mixup: None, cutmix: Some(b) }) => {
            lines.push(format!("batches are mixed by cutmix (alpha {b})"))
        }
        Some(Mix { mixup: None, cutmix: None }) | None => {}
    }
    match course.keep {
        Keep::Last => {}
        Keep::Best { by } => {
            lines.push(format!("the weights of the epoch with the best {} are kept", by.words()))
        }
        Keep::Average { decay } => {
            lines.push(format!("the mean of the weights over steps is kept (decay {decay})"))
        }
    }
    if let (Some(epochs), Some(by)) = (course.patience, course.gain()) {
        lines.push(format!("it ends after {epochs} epochs without gain in {}", by.words()));
    }
    lines
}

fn stream(stream: &Stream) -> String {
    let one = |p: &mu_step::Portion| match p.share {
        share if share < 1.0 => format!("{:.0} % of {}", 100.0 * share, set(p.set)),
        _ => set(p.set).to_owned(),
    };
    stream.over.iter().map(one).collect::<Vec<_>>().join(" + ")
}

fn set(set: Set) -> &'static str {
    match set {
        Set::Forget => "forget",
        Set::Retain => "retain",
    }
}

/// A loss on one line.
fn loss(term: &LossTerm) -> String {
    let (said, names) = said(term);
    let names: Vec<String> = names.iter().map(|(name, what)| format!("{name} = {what}")).collect();
    if names.is_empty() { said } else { format!("{said} where {}", names.join(", ")) }
}

/// A loss, and what the names in it stand for.
fn said(term: &LossTerm) -> (String, Vec<(String, String)>) {
    let factor = match term.coefficient {
        1.0 => String::new(),
        c => format!("{c} · "),
    };
    let decay = match term.decay {
        Some(0) => ", its factor falling to 0".to_owned(),
        Some(rest) => format!(", its factor falling to 0, which it is for the last {rest} epochs"),
        None => String::new(),
    };
    let (said, names) = quantity(&term.quantity);
    (format!("{factor}{said}{decay}"), names)
}

fn quantity(quantity: &Quantity) -> (String, Vec<(String, String)>) {
    match quantity {
        Quantity::Samples { set: of, of: each, reduction, weigh } => {
            let reduction = if *reduction == Reduction::Sum { "sum" } else { "mean" };
            let weigh = weigh.as_ref().map(|w| format!(", weighed by {w}")).unwrap_or_default();
            // What a denoiser is given is said several times.
            let (each, names) =
                if each.denoises() { each.with_names() } else { (each.to_string(), Vec::new()) };
            (format!("{reduction} over {} of {each}{weigh}", set(*of)), names)
        }
        Quantity::Parameters { parameters: p, of: each } => {
            (format!("sum of {each} over {}", parameters(p)), Vec::new())
        }
    }
}

fn optimizer(optimizer: &Optimizer) -> String {
    let rule = rule(optimizer.rule);
    let clip = match optimizer.clip {
        None => String::new(),
        Some(Clip::Norm(max)) => format!(", gradients clipped to the norm {max}"),
        Some(Clip::Value(max)) => format!(", gradients clipped to ±{max}"),
    };
    let mean = match optimizer.accumulate {
        None => String::new(),
        Some(batches) => format!(", a step along the mean gradient of {batches} batches"),
    };
    let sam = match &optimizer.sam {
        None => String::new(),
        Some(Sam { rho, along: None }) => {
            format!(", gradients taken where the loss is larger, {rho} away (SAM)")
        }
        Some(Sam { rho, along: Some(along) }) => {
            let along = along.iter().map(loss).collect::<Vec<_>>().join(" + ");
            format!(", gradients taken {rho} away along the gradient of {along} (SAM)")
        }
    };
    format!("{rule}, learning rate {}{}{clip}{mean}{sam}", optimizer.lr, schedule(&optimizer.schedule))
}

fn rule(rule: Rule) -> String {
    let decay = |of: f64| if of == 0.0 { String::new() } else { format!(", weight decay {of}") };
    match rule {
        Rule::Sgd { momentum, weight_decay, dampening, nesterov } => {
            let kind = if nesterov { "Nesterov momentum" } else { "momentum" };
            let damped = if dampening == 0.0 { String::new() } else { format!(", dampening {dampening}") };
            format!("SGD, {kind} {momentum}{damped}, weight decay {weight_decay}")
        }
        Rule::SignSgd => "signSGD".to_owned(),
        Rule::Adam { beta1, beta2, weight_decay, decoupled, .. } => {
            let name = if decoupled { "AdamW" } else { "Adam" };
            format!("{name}, β {beta1} and {beta2}{}", decay(weight_decay))
        }
        Rule::Rmsprop { alpha, momentum, weight_decay, centered, .. } => {
            let kind = if centered { "centered RMSprop" } else { "RMSprop" };
            let momentum = if momentum == 0.0 { String::new() } else { format!(", momentum {momentum}") };
            format!("{kind}, α {alpha}{momentum}{}", decay(weight_decay))
        }
        Rule::Adagrad { weight_decay, .. } => format!("Adagrad{}", decay(weight_decay)),
        Rule::Lion { beta1, beta2, weight_decay } => {
            format!("Lion, β {beta1} and {beta2}{}", decay(weight_decay))
        }
    }
}

fn schedule(of: &Schedule) -> String {
    match of {
        Schedule::Constant => String::new(),
        Schedule::Steps { at, factor } => {
            let at = at.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            format!(", × {factor} after epochs {at}")
        }
        Schedule::Cosine { .. } => ", along half a cosine".to_owned(),
        Schedule::Triangle { up } => format!(", up to epoch {up} and down again"),
        Schedule::Linear { to, .. } => format!(", linearly to × {to}"),
        Schedule::Exponential { factor } => format!(", × {factor} every epoch"),
        Schedule::OneCycle { up, .. } => {
            format!(", up over {} % of the phase and down again", 100.0 * up)
        }
        Schedule::Warmup { epochs, then, .. } => {
            format!(", up over the first {epochs} epochs{}", schedule(then))
        }
        Schedule::ByStep { of } => format!("{} (by step)", schedule(of)),
    }
}

fn parameters(of: &ParameterSet) -> String {
    match of {
        ParameterSet::All => "all parameters".to_owned(),
        ParameterSet::Last { layers } => format!("the last {layers} layer(s)"),
        ParameterSet::First { layers } => format!("the first {layers} layer(s)"),
        ParameterSet::Kind { layer: LayerKind::Conv } => "convolutions".to_owned(),
        ParameterSet::Kind { layer: LayerKind::Linear } => "linear layers".to_owned(),
        ParameterSet::Kind { layer: LayerKind::Norm } => "normalisations".to_owned(),
        ParameterSet::Named { pattern } => format!("`{pattern}`"),
        ParameterSet::Moving => "what moves".to_owned(),
        ParameterSet::Some { tensors, of } => format!("{tensors} tensors, drawn, of {}", parameters(of)),
        ParameterSet::Union { of } => of.iter().map(parameters).collect::<Vec<_>>().join(" and "),
        ParameterSet::Without { of, except } => format!("{} but {}", parameters(of), parameters(except)),
        ParameterSet::Ranked { share, by, of, by_layer, lowest } => {
            let which = if *lowest { "smallest" } else { "largest" };
            let by = score(by);
            let each = if *by_layer { ", in each tensor" } else { "" };
            format!("the {:.0} % of {} with the {which} {by}{each}", 100.0 * share, parameters(of))
        }
        ParameterSet::Exceeding { times, rank, than, of } => {
            let (rank, than) = (score(rank), score(than));
            format!("the entries of {} whose {rank} is at least {times} times {than}", parameters(of))
        }
    }
}

fn score(by: &Score) -> String {
    let terms = by.loss().iter().map(loss).collect::<Vec<_>>().join(" + ");
    match by {
        Score::Magnitude => "|θ|".to_owned(),
        Score::Gradient { .. } => format!("|∇ ({terms})|"),
        Score::SquaredGradient { batch, .. } => {
            format!("mean (∇ ({terms}))² of the original model, by batches of {batch}")
        }
    }
}

fn surgery(by: &Surgery) -> String {
    match by {
        Surgery::Noise { std } => format!("θ + N(0, {std}²)"),
        Surgery::Zero => "θ = 0".to_owned(),
        Surgery::Transpose => "rows and columns of kernels change places".to_owned(),
        Surgery::Half => "rounded to half precision".to_owned(),
        Surgery::Woodfisher { strength, samples } => {
            format!("θ + {strength} · H⁻¹(g_forget − g_retain), H⁻¹ by WoodFisher over {samples} samples")
        }
        Surgery::Dampen { selection, strength, .. } => {
            format!("θ · min({strength} · I_D / I_f, 1) where I_f > {selection} · I_D")
        }
        Surgery::FisherNoise { alpha, most, samples } => {
            format!("θ + N(0, 1) · min(√({alpha} / F), {most}), F over {samples} retain samples")
        }
    }
}

/// The phases as bars; phases of an alternation take turns.
fn timeline(phases: &[Phase]) -> String {
    const WIDTH: usize = 48;
    // How many steps an epoch has, the text does not say.
    let unit = match phases.iter().filter(|p| matches!(p.length, Length::Steps(_))).count() {
        0 => "epochs",
        n if n == phases.len() => "steps",
        _ => return String::new(),
    };
    let width_of = |group: usize| {
        let of_group: Vec<&Phase> = phases.iter().filter(|p| p.group == group).collect();
        let rounds = of_group.iter().map(|p| p.rounds).max().unwrap_or(0);
        (0..rounds)
            .map(|r| of_group.iter().filter(|p| r < p.rounds).map(|p| p.size()).sum::<usize>())
            .sum::<usize>()
    };
    let mut groups: Vec<usize> = phases.iter().map(|p| p.group).collect();
    groups.dedup();
    let total: usize = groups.iter().map(|g| width_of(*g)).sum();
    if total == 0 {
        return String::new();
    }
    let column = |epoch: usize| epoch * WIDTH.min(total * 4) / total;
    let label = phases.iter().map(|p| p.label.chars().count()).max().unwrap_or(0);
    let mut text = format!("{unit} 1 to {total}\n");
    let mut begin = 0;
    for group in groups {
        let of_group: Vec<&Phase> = phases.iter().filter(|p| p.group == group).collect();
        for phase in &of_group {
            let mut line = vec![' '; column(total)];
            let mut at = begin;
            for round in 0..of_group.iter().map(|p| p.rounds).max().unwrap_or(0) {
                for other in of_group.iter().filter(|p| round < p.rounds) {
                    if std::ptr::eq(*other, *phase) {
                        line[column(at)..column(at + other.size())].fill('█');
                    }
                    at += other.size();
                }
            }
            let line: String = line.into_iter().collect();
            text.push_str(&format!("  {:<label$}  {}\n", phase.label, line.trim_end()));
        }
        begin += width_of(group);
    }
    text
}
