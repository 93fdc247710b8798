//! Expressions as a person writes them.

use std::collections::BTreeMap;
use std::fmt;

use super::{At, Axis, Binary, By, Expression, Law, Net, Node, Part, Reduce, Unary};

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say(self.root(), 0, &Names::new()))
    }
}

/// How tightly operators bind: comparison, sum, product.
const LOOSE: [u8; 3] = [1, 2, 3];

/// What nodes are called that are said elsewhere.
type Names = BTreeMap<At, String>;

impl Expression {
    /// The expression with names in the place of what it says more than once, and what the names stand for.
    #[must_use]
    pub fn with_names(&self) -> (String, Vec<(String, String)>) {
        let mut uses = vec![0usize; self.nodes.len()];
        let mut reached = vec![false; self.nodes.len()];
        let mut open = vec![self.root()];
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut reached[at], true) {
                continue;
            }
            for operand in self.nodes[at].operands() {
                uses[operand] += 1;
                open.push(operand);
            }
        }
        let mut names = Names::new();
        // Operands come before what is made of them.
        for at in (0..self.nodes.len()).filter(|at| uses[*at] > 1) {
            let Some(word) = called(&self.nodes[at]) else { continue };
            let taken = |name: &String| names.values().any(|other| other == name);
            let numbered = (2..).map(|n| format!("{word}_{n}"));
            let name = std::iter::once(word.to_owned()).chain(numbered).find(|name| !taken(name));
            names.extend(name.map(|name| (at, name)));
        }
        let said = |(at, name): (&At, &String)| (name.clone(), self.node(*at, 0, &names));
        (self.say(self.root(), 0, &names), names.iter().map(said).collect())
    }

    /// A node by its name, or in words; in brackets where what is around binds more tightly.
    fn say(&self, at: At, around: u8, names: &Names) -> String {
        names.get(&at).cloned().unwrap_or_else(|| self.node(at, around, names))
    }

    fn node(&self, at: At, around: u8, names: &Names) -> String {
        let of = |at: &At| self.say(*at, 0, names);
        let call = |name: &str, parts: Vec<String>| format!("{name}({})", parts.join(", "));
        if let Some(logs) = self.divergence(at) {
            return call("divergence", logs.map(|log| self.distribution(log, names)).to_vec());
        }
        match &self.nodes[at] {
            Node::Number { value } if *value == std::f64::consts::PI => "pi".to_owned(),
            Node::Number { value } => value.to_string(),
            Node::Image => "image".to_owned(),
            Node::Label => "label".to_owned(),
            Node::NewClass => "new_class".to_owned(),
            Node::Time { diffusion, of: u } => call("time", vec![diffusion.to_string(), of(u)]),
            Node::Noised { diffusion, image, noise, time } => call(
                "noised",
                vec![diffusion.to_string(), of(image), of(noise), format!("time: {}", of(time))],
            ),
            Node::Trajectory { of: net, diffusion, noise, condition, time, steps, guidance } => {
                let parts = vec![
                    diffusion.to_string(),
                    of(noise),
                    format!("time: {}", of(time)),
                    format!("condition: {}", of(condition)),
                    format!("steps: {steps}"),
                    format!("guidance: {guidance}"),
                ];
                call(&format!("{net}trajectory"), parts)
            }
            Node::Target { diffusion, image, noise } => {
                call("target", vec![diffusion.to_string(), of(image), of(noise)])
            }
            Node::NoCondition => "no_condition".to_owned(),
            Node::Prediction { of: net, at, time, condition } => {
                let parts = [("at", at), ("time", time), ("condition", condition)];
                let parts = parts.map(|(word, part)| format!("{word}: {}", of(part)));
                call(&format!("{net}prediction"), parts.into())
            }
            Node::Progress => "progress".to_owned(),
            Node::PixelRange => "pixel_range".to_owned(),
            Node::Darkest => "darkest".to_owned(),
            Node::Lightest => "lightest".to_owned(),
            Node::ClassCount => "class_count".to_owned(),
            Node::Now { over, of } => format!("now(mean({}, {of}))", over.word()),
            Node::Weights { of } => format!("{of}weights"),
            Node::Output { of: net, part, at } => {
                let mut parts = Vec::new();
                let word = match part {
                    Part::Logits => "logits",
                    Part::Features { layer } => {
                        parts.extend(layer.iter().map(|l| format!("\"{l}\"")));
                        "features"
                    }
                };
                parts.extend(at.iter().map(|at| format!("at: {}", of(at))));
                if parts.is_empty() { format!("{net}{word}") } else { call(&format!("{net}{word}"), parts) }
            }
            Node::Draw { law, like, fixed, .. } => {
                let law = match law {
                    Law::Normal => "normal",
                    Law::Uniform => "uniform",
                    Law::Sign => "sign",
                };
                let mut parts = vec![law.to_owned(), format!("like: {}", of(like))];
                parts.extend(fixed.then(|| "fixed: true".to_owned()));
                call("draw", parts)
            }
            Node::DrawClass { other: false, .. } => "draw(class)".to_owned(),
            Node::DrawClass { other: true, .. } => "draw(class, except: label)".to_owned(),
            Node::Variable { number, .. } => format!("x{number}"),
            Node::Maximizer { of: e, over, from, by, step, steps, within, least, most } => {
                let by = if *by == By::Sign { "sign" } else { "gradient" };
                let mut parts = vec![
                    of(e),
                    format!("over: {}", of(over)),
                    format!("from: {}", of(from)),
                    format!("by: {by}"),
                    format!("step: {}", of(step)),
                    format!("steps: {steps}"),
                ];
                for (word, bound) in [("within", within), ("least", least), ("most", most)] {
                    parts.extend(bound.iter().map(|at| format!("{word}: {}", of(at))));
                }
                call("argmax", parts)
            }
            Node::Unary { f: Unary::Negate, of } => format!("-{}", self.say(*of, 3, names)),
            Node::Unary { f, of: x } => call(word(Unary::ALL, *f), vec![of(x)]),
            Node::Binary { f: f @ (Binary::Power | Binary::Min | Binary::Max), a, b } => {
                call(word(Binary::ALL, *f), vec![of(a), of(b)])
            }
            Node::Binary { f, a, b } => {
                let own = match f {
                    Binary::Multiply | Binary::Divide => LOOSE[2],
                    Binary::Add | Binary::Subtract => LOOSE[1],
                    _ => LOOSE[0],
                };
                // What stands on the right of a difference or quotient keeps its brackets.
                let text = format!(
                    "{} {} {}",
                    self.say(*a, own - 1, names),
                    word(Binary::ALL, *f),
                    self.say(*b, own, names)
                );
                if own <= around { format!("({text})") } else { text }
            }
            Node::Choose { condition, then, other } => {
                call("choose", vec![of(condition), of(then), of(other)])
            }
            Node::Reduce { f, of: x, over } => {
                let whole = self.types().is_ok_and(|t| t[*x].axes.len() == over.len());
                let mut parts = vec![of(x)];
                if !whole {
                    parts.extend(over.iter().map(|a| format!("over: {a}")));
                }
                call(word(Reduce::ALL, *f), parts)
            }
            Node::Softmax { of: x, .. } => call("softmax", vec![of(x)]),
            Node::LogSoftmax { of: x, .. } => call("log_softmax", vec![of(x)]),
            Node::Dot { a, b, over } => call("dot", vec![of(a), of(b), format!("over: {over}")]),
            Node::Divergence { p, log_q } => {
                call("divergence", vec![of(p), self.distribution(*log_q, names)])
            }
            Node::Argmax { of: x } => call("argmax", vec![of(x)]),
            Node::Pick { of: x, class } => match &self.nodes[*x] {
                Node::LogSoftmax { of: logits, .. } => match &self.nodes[*logits] {
                    Node::Output { of: net, part: Part::Logits, at: None } => {
                        call(&format!("{net}log_p"), vec![of(class)])
                    }
                    _ => format!("{}[{}]", self.say(*x, 9, names), of(class)),
                },
                _ => format!("{}[{}]", self.say(*x, 9, names), of(class)),
            },
            Node::OneHot { class, .. } => call("one_hot", vec![of(class)]),
            Node::Without { of: x, class } => call("without", vec![of(x), of(class)]),
            Node::Stop { of: x } => call("stop", vec![of(x)]),
            Node::Script { of: operands, file } => {
                let name = if file.path.is_empty() { &file.digest } else { &file.path };
                call(
                    "torchscript",
                    std::iter::once(format!("\"{name}\"")).chain(operands.iter().map(of)).collect(),
                )
            }
            Node::Gradient { of: x, by } => call("gradient", vec![of(x), format!("by: {}", of(by))]),
        }
    }
}

/// What is short enough to be said twice has no name.
fn called(node: &Node) -> Option<&'static str> {
    match node {
        Node::Number { .. }
        | Node::Image
        | Node::Label
        | Node::NewClass
        | Node::NoCondition
        | Node::Progress
        | Node::PixelRange
        | Node::Darkest
        | Node::Lightest
        | Node::ClassCount
        | Node::Weights { .. }
        | Node::Variable { .. }
        | Node::Output { at: None, .. } => None,
        Node::Time { .. } => Some("t"),
        Node::Noised { .. } => Some("noised_image"),
        Node::Trajectory { .. } => Some("on_the_way"),
        Node::Target { .. } => Some("aim"),
        Node::Prediction { .. } | Node::Output { .. } => Some("output"),
        Node::Draw { law: Law::Normal, .. } => Some("noise"),
        Node::Draw { .. } => Some("drawn"),
        Node::DrawClass { .. } => Some("class"),
        _ => Some("value"),
    }
}

impl Expression {
    /// What an expression is the logarithm of.
    fn distribution(&self, log: At, names: &Names) -> String {
        match &self.nodes[log] {
            Node::LogSoftmax { of: logits, .. } => format!("softmax({})", self.say(*logits, 0, names)),
            Node::Unary { f: Unary::Log, of: q } => self.say(*q, 0, names),
            _ => format!("exp({})", self.say(log, 0, names)),
        }
    }

    /// log p and log q, where a node is Σ p (log p − log q) of a softmax p.
    fn divergence(&self, at: At) -> Option<[At; 2]> {
        let Node::Reduce { f: Reduce::Sum, of, over } = &self.nodes[at] else { return None };
        let Node::Binary { f: Binary::Multiply, a, b } = self.nodes[*of] else { return None };
        let Node::Unary { f: Unary::Exp, of: log_p } = self.nodes[a] else { return None };
        let Node::Binary { f: Binary::Subtract, a: same, b: log_q } = self.nodes[b] else { return None };
        let softmax = matches!(self.nodes[log_p], Node::LogSoftmax { over: Axis::Class, .. });
        (softmax && same == log_p && over == &[Axis::Class]).then_some([log_p, log_q])
    }
}

fn word<T: PartialEq>(all: &'static [(T, &'static str)], which: T) -> &'static str {
    all.iter().find(|(t, _)| *t == which).map_or("", |(_, w)| w)
}

/// What stands before the words of a network.
impl fmt::Display for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Net::Own => Ok(()),
            Net::Original => f.write_str("original."),
            Net::Scratch => f.write_str("scratch."),
            Net::Average { share } => write!(f, "average({share})."),
            Net::Aside { model } => write!(f, "model {}.", model + 1),
            Net::Reference => f.write_str("retrained."),
            Net::Beside => f.write_str("beside."),
        }
    }
}
