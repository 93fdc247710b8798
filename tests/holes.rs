//! A program with a hole says something: it is never a program of less, and never one that runs nothing.

use mu_check::check;
use mu_diag::FileId;
use mu_syntax::ast::{Argument, Block, Body, Declaration, Expr, Item, Kind, Link, Node, Statement};
use mu_syntax::lex::{TokenKind, lex};
use mu_syntax::parse;

use crate::harness::{SMALL, root};
use crate::texts::Disk;

/// No word of the language or its library.
const UNKNOWN: &str = "zzz_unknown";

/// Valid programs that use every construction, with the name that their imports start from.
fn programs() -> Vec<(String, String)> {
    let files = ["tests/suite/language/everything.mu", "tests/suite/fine.mu", "experiments/quickstart.mu"];
    let read = |name: &str| {
        let path = root().join(name);
        (path.display().to_string(), std::fs::read_to_string(path).unwrap())
    };
    let small = (root().join("tests/small.mu").display().to_string(), SMALL.to_owned());
    files.into_iter().map(read).chain([small]).collect()
}

/// How many experiments, tables, figures and claims a text writes down.
fn written(text: &str) -> [usize; 4] {
    let items = parse(text, FileId(0)).file.items;
    let of = |kind| items.iter().filter(|i| matches!(i, Item::Declaration(d) if d.kind == kind)).count();
    let claims = items.iter().filter(|i| matches!(i, Item::Claim(_))).count();
    [of(Kind::Experiment), of(Kind::Table), of(Kind::Figure), claims]
}

/// What is wrong with how a text was checked: nothing was said, and it is less than what is written.
fn silent(name: &str, text: &str) -> Option<String> {
    let checked = check(&Disk, name, text);
    if !checked.diagnostics.is_empty() {
        return None;
    }
    let p = &checked.program;
    let found = [p.experiments.len(), p.tables.len(), p.figures.len(), p.claims.len()];
    if found != written(text) {
        return Some(format!("{found:?} of {:?} are left", written(text)));
    }
    let empty = p.experiments.iter().find(|e| e.size() == 0 || e.measure.is_empty());
    empty.map(|e| format!("{} has no point, or measures nothing", e.name))
}

/// The places of all values of a file.
#[derive(Default)]
struct Values(Vec<(usize, usize)>);

impl Values {
    fn items(&mut self, items: &[Item]) {
        for item in items {
            match item {
                Item::Use(_) => {}
                Item::Let(l) => self.expr(&l.value),
                Item::Claim(c) => self.expr(&c.condition),
                Item::Declaration(d) => self.declaration(d),
            }
        }
    }

    fn declaration(&mut self, d: &Declaration) {
        d.params.iter().filter_map(|p| p.default.as_ref()).for_each(|e| self.expr(e));
        d.towards.iter().for_each(|e| self.expr(e));
        match &d.body {
            Body::Builtin => {}
            Body::Value(e) => self.expr(e),
            Body::Fields(block) | Body::Derived(_, block) => self.block(block),
            Body::Method(statements) => statements.iter().for_each(|s| self.statement(s)),
            Body::Model(lets, chains) => {
                lets.iter().for_each(|l| self.expr(&l.value));
                chains.iter().flatten().for_each(|l| self.link(l));
            }
        }
    }

    fn statement(&mut self, statement: &Statement) {
        statement.values().into_iter().for_each(|e| self.expr(e));
    }

    fn block(&mut self, block: &Block) {
        block.fields.iter().for_each(|f| self.expr(&f.value));
        for tune in &block.tunes {
            self.expr(&tune.over);
            self.block(&tune.block);
        }
        block.excepts.iter().for_each(|e| self.expr(e));
        block.limits.iter().for_each(|l| self.expr(&l.most));
    }

    fn link(&mut self, link: &Link) {
        self.expr(&link.layer);
    }

    fn argument(&mut self, argument: &Argument) {
        self.expr(&argument.value);
        argument.each.iter().for_each(|(_, list)| self.expr(list));
        argument.filter.iter().for_each(|e| self.expr(e));
    }

    fn expr(&mut self, e: &Expr) {
        self.0.push((e.span.start as usize, e.span.end as usize));
        match &e.node {
            Node::Number(..)
            | Node::Broken
            | Node::Text(_)
            | Node::Format(_)
            | Node::Bool(_)
            | Node::Path(_) => {}
            Node::Record(fields) | Node::EachNamed(fields) => fields.iter().for_each(|(_, v)| self.expr(v)),
            Node::Not(a) | Node::Negate(a) | Node::Each(a) | Node::At(a, ..) => self.expr(a),
            Node::Call(_, arguments) => arguments.iter().for_each(|a| self.argument(a)),
            Node::List(items) => items.iter().for_each(|i| self.expr(i)),
            Node::Member(a, _, arguments) => {
                self.expr(a);
                arguments.iter().flatten().for_each(|a| self.argument(a));
            }
            Node::Where(a, bindings) => {
                self.expr(a);
                bindings.iter().for_each(|(_, v)| self.expr(v));
            }
            Node::Binary(_, a, b) | Node::Pick(a, b) => [a, b].into_iter().for_each(|v| self.expr(v)),
            Node::Chain(links) => links.iter().for_each(|l| self.link(l)),
        }
    }
}

/// A text with another one in the place of some bytes.
fn replaced(text: &str, (start, end): (usize, usize), by: &str) -> String {
    format!("{}{by}{}", &text[..start], &text[end..])
}

/// The texts of a program with each of its values replaced, and what was there.
fn with_holes(text: &str, by: &str) -> Vec<(String, String)> {
    let parsed = parse(text, FileId(0));
    assert!(parsed.diagnostics.is_empty());
    let mut values = Values::default();
    values.items(&parsed.file.items);
    values.0.sort_unstable();
    values.0.dedup();
    assert!(values.0.len() > 20, "{}", values.0.len());
    values.0.iter().map(|at| (text[at.0..at.1].to_owned(), replaced(text, *at, by))).collect()
}

#[test]
fn the_programs_are_right_as_they_are() {
    for (name, text) in programs() {
        let checked = check(&Disk, &name, &text);
        assert!(!checked.has_errors(), "{name}: {:?}", checked.diagnostics);
        assert_eq!(silent(&name, &text), None);
    }
}

/// Whatever value is replaced by a name that nothing has, that is an error.
#[test]
fn a_value_that_nothing_is_called_is_an_error() {
    for (name, text) in programs() {
        for (value, changed) in with_holes(&text, UNKNOWN) {
            let checked = check(&Disk, &name, &changed);
            assert!(checked.has_errors(), "{name}: `{value}` replaced by an unknown name\n{changed}");
        }
    }
}

/// Whatever value is taken out, something is said, or the program is another whole one.
#[test]
fn a_value_that_is_taken_out_is_missed() {
    for (name, text) in programs() {
        for (value, changed) in with_holes(&text, "") {
            let wrong = silent(&name, &changed);
            assert_eq!(wrong, None, "{name}: `{value}` taken out\n{changed}");
        }
    }
}

/// Of the program that uses every construction: whatever word is replaced by an unknown one, whatever number, text or sign is taken
/// out, something is said, or the program is another whole one.
#[test]
fn no_token_can_go_unnoticed() {
    let (name, text) = programs().remove(0);
    for token in lex(&text).into_iter().filter(|t| t.kind != TokenKind::Comment) {
        let at = (token.start, token.start + token.text.len());
        let by = if token.kind == TokenKind::Word { UNKNOWN } else { "" };
        let changed = replaced(&text, at, by);
        let wrong = silent(&name, &changed);
        assert_eq!(wrong, None, "{name}: `{}` at byte {} is `{by}`\n{changed}", token.text, at.0);
    }
}
