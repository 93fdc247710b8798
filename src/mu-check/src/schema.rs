//! The fields of every kind of block, for those that look at blocks from outside: the index, editors, the reference.

use mu_syntax::ast::Kind;

use crate::fields::FieldType;
use crate::{dataset, experiment, figure, table};

/// The fields of a kind of block; none for kinds that are no blocks of fields.
#[must_use]
pub fn schema(kind: Kind) -> &'static [FieldType] {
    let schemas = [
        (Kind::Dataset, dataset::SCHEMA),
        (Kind::Experiment, experiment::SCHEMA),
        (Kind::Table, table::SCHEMA),
        (Kind::Figure, figure::SCHEMA),
    ];
    schemas.into_iter().find(|(of, _)| *of == kind).map_or(&[], |(_, schema)| schema)
}
