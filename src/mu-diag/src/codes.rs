//! The one list of diagnostic codes.

macro_rules! codes {
    ($($variant:ident $name:literal $summary:literal),* $(,)?) => {
        /// The stable name of a kind of finding.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $(#[doc = $summary] $variant),* }

        impl Code {
            /// Every code, in documentation order.
            pub const ALL: &[Code] = &[$(Code::$variant),*];
            /// The stable name.
            #[must_use]
            pub fn name(self) -> &'static str { match self { $(Code::$variant => $name),* } }
            /// What it says, in a line.
            #[must_use]
            pub fn summary(self) -> &'static str { match self { $(Code::$variant => $summary),* } }
        }
    };
}

codes! {
    Syntax "syntax" "the text does not fit the grammar",
    Unreadable "unreadable" "a file cannot be read, or is not UTF-8 text",
    Empty "empty" "there is nothing in the file to check or run",
    Edition "edition" "the file asks for another edition of the language",
    TooDeep "too-deep" "brackets are nested too deeply",
    Cycle "cycle" "a definition leads back to itself",
    UnknownName "unknown-name" "a name that nothing defines",
    UnknownField "unknown-field" "a field or argument that does not exist there",
    Duplicate "duplicate" "the same name twice",
    MissingField "missing-field" "a required field or argument is not given",
    WrongType "wrong-type" "a value of another type than the place asks for",
    WrongUnit "wrong-unit" "a number with a missing, unknown or other unit",
    OutOfRange "out-of-range" "a number outside the range its parameter allows",
    Shape "shape" "a layer that does not fit what comes before it",
    CannotWeigh "cannot-weigh" "a method that cannot be the lower level of a worst-case selection",
    MissingBaseline "missing-baseline" "a metric compares with a method that the grid does not have",
    Unaggregated "unaggregated" "an axis that a table neither shows nor aggregates over",
    BadData "bad-data" "a data set that cannot be read as declared",
    Budget "budget" "a forget set larger than the data it is taken from",
    WeakStep "weak-step" "an upper-level step size too small to change the selection",
}
