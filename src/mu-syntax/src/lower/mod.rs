//! pest's pairs → the tree, one file per part of the grammar. The grammar promises the shape of
//! every pair; where a promise were broken the part is left out, never a panic.

mod expr;
mod item;

use mu_diag::{FileId, Span};
use mu_grammar::Rule;
use pest::iterators::{Pair, Pairs};

use crate::ast;

pub(crate) type P<'a> = Pair<'a, Rule>;

#[derive(Default)]
pub(crate) struct Lowering {
    pub(crate) file: FileId,
    /// Slices that fitted nothing.
    pub(crate) broken: Vec<(Rule, Span)>,
    /// Values with more terms than the stages after this one will walk.
    pub(crate) endless: Vec<Span>,
    /// Numerals that no number stands for.
    pub(crate) numberless: Vec<Span>,
}

impl Lowering {
    pub(crate) fn file(&mut self, pairs: Pairs<'_, Rule>) -> ast::File {
        let mut file = ast::File::default();
        for pair in pairs.flat_map(Pair::into_inner) {
            match pair.as_rule() {
                Rule::edition => {
                    let span = self.span(&pair);
                    let number = pair.into_inner().find(|p| p.as_rule() == Rule::number);
                    file.edition = number.map(|p| (p.as_str().trim().parse().unwrap_or(0.0), span));
                }
                Rule::item => file.items.extend(pair.into_inner().next().and_then(|p| self.item(p))),
                Rule::broken_item | Rule::broken_field => self.broken(&pair),
                _ => {}
            }
        }
        file
    }

    fn span(&self, pair: &P<'_>) -> Span {
        let (text, start) = (pair.as_str(), pair.as_span().start());
        Span { file: self.file, start: start as u32, end: (start + text.trim_end().len()) as u32 }
    }

    fn name(&self, pair: &P<'_>) -> ast::Name {
        ast::Name { text: pair.as_str().trim().to_owned(), span: self.span(pair) }
    }

    /// The `///` lines directly above a pair that begins its line.
    fn docs(&self, pair: &P<'_>) -> String {
        let before = &pair.as_span().get_input()[..pair.as_span().start()];
        // Only blanks may stand before it on its line; the line itself may be long.
        let above = before.trim_end_matches([' ', '\t']);
        if !above.ends_with('\n') {
            return String::new();
        }
        let lines = above.strip_suffix('\n').unwrap_or(above).split('\n').rev();
        let doc =
            |line: &str| line.trim().strip_prefix("///").map(|d| d.strip_prefix(' ').unwrap_or(d).to_owned());
        let mut found: Vec<String> = lines.map_while(doc).collect();
        found.reverse();
        found.join("\n")
    }

    fn broken(&mut self, pair: &P<'_>) {
        let span = self.span(pair);
        self.broken.push((pair.as_rule(), span));
    }
}
