//! Where a value came from: what `mu explain EXPERIMENT[..]` shows.

use mu_diag::Span;

use crate::value::{Data, Value};

/// A value as it was written, with its parts.
#[derive(Clone, Debug)]
pub struct Origin(pub(crate) Value);

/// A part of a value.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its path below the value: `optimizer.lr`; empty for the value itself.
    pub path: String,
    /// As it would be written.
    pub text: String,
    /// Where it was written.
    pub span: Span,
    /// Whether nobody wrote it and its declaration's default holds.
    pub default: bool,
}

impl Origin {
    /// The value and its parts, outermost first.
    #[must_use]
    pub fn parts(&self) -> Vec<Part> {
        let mut out = Vec::new();
        walk(&self.0, String::new(), false, &mut out);
        out
    }
    /// As it would be written.
    #[must_use]
    pub fn text(&self) -> String {
        self.0.to_string()
    }
}

fn walk(value: &Value, path: String, default: bool, out: &mut Vec<Part>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match &value.data {
        Data::Component(c) => {
            out.push(Part { path: path.clone(), text: c.label.clone(), span: value.span, default });
            for (name, arg) in &c.args {
                walk(arg, below(name), default || !c.given.iter().any(|g| g == name), out);
            }
        }
        Data::Record(members) => {
            for (name, member) in members.iter() {
                walk(member, below(name), default, out);
            }
        }
        _ => out.push(Part { path, text: value.to_string(), span: value.span, default }),
    }
}
