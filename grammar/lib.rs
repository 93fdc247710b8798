//! The grammar of mu, and what a person calls its rules. Nothing else.
#![allow(missing_docs, reason = "pest's derive writes undocumented items")]

// pest without its stack guard: brackets are counted before anything is parsed, and nothing else recurses.
extern crate alloc;

use pest_derive::Parser;

/// The parser that pest derives from `mu.pest`.
#[derive(Parser)]
#[grammar = "mu.pest"]
pub struct MuParser;

/// The words for a rule in "expected …"; `None` where a person would not want it named.
#[must_use]
pub fn words(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::name | Rule::path | Rule::label => "a name",
        Rule::string => "a string",
        Rule::number | Rule::numeral => "a number",
        Rule::unit => "a unit",
        Rule::expr | Rule::primary | Rule::field_value => "a value",
        Rule::type_ | Rule::type_atom => "a type",
        Rule::field => "a field `name = value`",
        Rule::params => "parameters `(…)`",
        Rule::param => "a parameter",
        Rule::argument => "an argument",
        Rule::statement => "a statement (`start from`, `update only`, `reinit`, `repeat`)",
        Rule::named_entry => "an entry `name = value`",
        Rule::chain | Rule::link => "a layer",
        Rule::builtin => "`builtin`",
        Rule::method_body | Rule::model_body | Rule::field_block => "a block `{ … }`",
        Rule::kw_over => "`over`",
        Rule::kw_by => "`by`",
        Rule::kw_with => "`with`",
        Rule::filter | Rule::kw_where => "`where`",
        Rule::along => "`over`",
        Rule::towards => "`towards`",
        Rule::kw_minimize => "`minimize`",
        Rule::item | Rule::declaration_kind | Rule::declaration => "a declaration",
        Rule::broken_field => "`}`",
        _ => return None,
    })
}
