//! Values.

use std::sync::LazyLock;

use mu_grammar::Rule;
use pest::pratt_parser::{Assoc::Left, Op, PrattParser};

use super::{Lowering, P};
use crate::Number;
use crate::ast::{Argument, Expr, Name, Node, Operator, TextPart};

static PRATT: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    PrattParser::new()
        .op(Op::infix(Rule::then, Left))
        .op(Op::infix(Rule::on, Left))
        .op(Op::infix(Rule::plus_minus, Left))
        .op(Op::infix(Rule::or, Left))
        .op(Op::infix(Rule::and, Left))
        .op(Op::prefix(Rule::not))
        .op(Op::infix(Rule::comparison, Left))
        .op(Op::infix(Rule::range, Left))
        .op(Op::infix(Rule::sum, Left))
        .op(Op::infix(Rule::product, Left))
        .op(Op::prefix(Rule::negate))
        .op(Op::postfix(Rule::index) | Op::postfix(Rule::pick) | Op::postfix(Rule::member_of))
});

/// Operators and operands of one value.
const MAX_PARTS: usize = 200;

impl Lowering {
    pub(super) fn expr(&mut self, pair: P<'_>) -> Option<Expr> {
        // A short text has few parts: counting is for the others.
        if pair.as_str().len() > MAX_PARTS && pair.clone().into_inner().count() > MAX_PARTS {
            let span = self.span(&pair);
            self.endless.push(span);
            return None;
        }
        let this = std::cell::RefCell::new(self);
        PRATT
            .map_primary(|pair| this.borrow_mut().primary(pair))
            .map_prefix(|op, value| {
                let value = value?;
                let span = this.borrow().span(&op);
                Some(Expr {
                    span: mu_diag::Span { end: value.span.end, ..span },
                    node: if op.as_rule() == Rule::not {
                        Node::Not(Box::new(value))
                    } else {
                        Node::Negate(Box::new(value))
                    },
                })
            })
            .map_postfix(|value, op| {
                let value = value?;
                let span = mu_diag::Span { start: value.span.start, ..this.borrow().span(&op) };
                let rule = op.as_rule();
                let mut parts = op.into_inner();
                if rule == Rule::pick {
                    let class = parts.next().and_then(|p| this.borrow_mut().expr(p))?;
                    return Some(Expr { span, node: Node::Pick(Box::new(value), Box::new(class)) });
                }
                let mut this = this.borrow_mut();
                if rule == Rule::member_of {
                    let name = parts.next().map(|p| this.name(&p))?;
                    let arguments = parts.next().map(|p| this.arguments(p));
                    return Some(Expr { span, node: Node::Member(Box::new(value), name, arguments) });
                }
                let axis = parts.find(|p| p.as_rule() == Rule::path).map(|p| this.name(&p))?;
                let label = parts.find(|p| p.as_rule() == Rule::name).map(|p| this.name(&p))?;
                Some(Expr { span, node: Node::At(Box::new(value), axis, label) })
            })
            .map_infix(|left, op, right| {
                let (left, right) = (left?, right?);
                let operator = Operator::of(op.as_str().trim())?;
                let span = mu_diag::Span { end: right.span.end, ..left.span };
                Some(Expr { span, node: Node::Binary(operator, Box::new(left), Box::new(right)) })
            })
            .parse(pair.into_inner())
    }

    fn primary(&mut self, pair: P<'_>) -> Option<Expr> {
        let inner = pair.into_inner().next()?;
        let span = self.span(&inner);
        let node = match inner.as_rule() {
            Rule::number => {
                let mut parts = inner.into_inner();
                let numeral = parts.next()?;
                match Number::parse(numeral.as_str()) {
                    Some(value) => Node::Number(value, parts.next().map(|p| self.name(&p))),
                    None => {
                        self.numberless.push(self.span(&numeral));
                        Node::Broken
                    }
                }
            }
            Rule::string => self.text(&inner),
            Rule::record => Node::Record(self.entries(inner)),
            Rule::boolean => Node::Bool(inner.as_str().trim() == "true"),
            Rule::list => Node::List(inner.into_inner().filter_map(|p| self.expr(p)).collect()),
            Rule::group => {
                let mut links = self.chain(inner.into_inner().next()?);
                match links.as_slice() {
                    [only] if only.label.is_none() => return links.pop().map(|l| l.layer),
                    _ => Node::Chain(links),
                }
            }
            Rule::reference => self.reference(inner)?,
            Rule::each => self.each(inner)?,
            _ => return None,
        };
        Some(Expr { node, span })
    }

    pub(super) fn reference(&mut self, pair: P<'_>) -> Option<Node> {
        let mut parts = pair.into_inner();
        let callee = parts.next().map(|p| self.name(&p))?;
        let Some(parts) = parts.next() else { return Some(Node::Path(callee.text)) };
        Some(Node::Call(callee, self.arguments(parts)))
    }

    pub(super) fn arguments(&mut self, pair: P<'_>) -> Vec<Argument> {
        let mut arguments = Vec::new();
        for argument in pair.into_inner() {
            let (mut label, mut value, mut each, mut filter, mut over) = (None, None, None, None, None);
            for part in argument.into_inner() {
                match part.as_rule() {
                    Rule::label => label = Some(self.name(&part)),
                    Rule::expr => value = self.expr(part),
                    Rule::comprehension => each = self.comprehension(part),
                    Rule::filter => {
                        let inner = part.into_inner().find(|p| p.as_rule() == Rule::expr);
                        filter = inner.and_then(|p| self.expr(p));
                    }
                    Rule::along => over = self.along(part),
                    _ => {}
                }
            }
            arguments.extend(value.map(|value| Argument { label, value, each, filter, over }));
        }
        arguments
    }

    fn comprehension(&mut self, pair: P<'_>) -> Option<(Name, Expr)> {
        let (mut name, mut list) = (None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::name => name = Some(self.name(&part)),
                Rule::expr => list = self.expr(part),
                _ => {}
            }
        }
        Some((name?, list?))
    }

    fn each(&mut self, pair: P<'_>) -> Option<Node> {
        let inner = pair.into_inner().find(|p| p.as_rule() != Rule::kw_each)?;
        if inner.as_rule() == Rule::expr {
            return self.expr(inner).map(|e| Node::Each(Box::new(e)));
        }
        Some(Node::EachNamed(self.entries(inner)))
    }

    fn entries(&mut self, pair: P<'_>) -> Vec<(Name, Expr)> {
        let mut entries = Vec::new();
        for entry in pair.into_inner() {
            if entry.as_rule() == Rule::broken_field {
                self.broken(&entry);
                continue;
            }
            let mut parts = entry.into_inner();
            let Some(name) = parts.next().map(|p| self.name(&p)) else { continue };
            entries.extend(parts.next().and_then(|p| self.expr(p)).map(|value| (name, value)));
        }
        entries
    }

    /// A string; `{name}` in it stands for the name's value, `\{` for a brace.
    fn text(&self, pair: &P<'_>) -> Node {
        let (literal, base) = (pair.as_str().trim_end(), self.span(pair));
        let mut parts = Vec::new();
        // Inside the quotes.
        let (mut start, mut at, end) = (1, 1, literal.len().saturating_sub(1).max(1));
        let bytes = literal.as_bytes();
        while at < end {
            if bytes[at] == b'\\' {
                at += 1 + literal[at + 1..].chars().next().map_or(0, char::len_utf8);
                continue;
            }
            let inside = literal[at..].strip_prefix('{').and_then(|r| r.find('}').map(|end| &r[..end]));
            let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '@');
            if let Some(name) = inside.filter(|i| !i.is_empty() && i.chars().all(word)) {
                parts.push(TextPart::Text(unescape(&literal[start..at])));
                let place = base.start + at as u32 + 1;
                let span = mu_diag::Span { start: place, end: place + name.len() as u32, ..base };
                parts.push(TextPart::Value(Name { text: name.to_owned(), span }));
                at += name.len() + 2;
                start = at;
            } else {
                at += literal[at..].chars().next().map_or(1, char::len_utf8);
            }
        }
        if parts.is_empty() {
            return Node::Text(unquote(literal));
        }
        parts.push(TextPart::Text(unescape(literal.get(start..end).unwrap_or(""))));
        Node::Format(parts)
    }
}

/// The text of a string literal.
pub(super) fn unquote(literal: &str) -> String {
    let inner = literal.trim();
    let inner = inner.strip_prefix('"').unwrap_or(inner);
    unescape(inner.strip_suffix('"').unwrap_or(inner))
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}
