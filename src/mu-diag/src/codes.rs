//! The one list of diagnostic codes, each with the page that `mu explain` shows.

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
            /// Why it is said, an example that shows it, and a way out; Markdown.
            #[must_use]
            pub fn page(self) -> &'static str {
                match self { $(Code::$variant => include_str!(concat!("../explain/", $name, ".md"))),* }
            }
            /// The code of a name.
            #[must_use]
            pub fn of(name: &str) -> Option<Code> { Self::ALL.iter().copied().find(|c| c.name() == name) }
        }
    };
}

codes! {
    Syntax "syntax" "the text does not fit the grammar",
    Unclosed "unclosed" "a bracket or a string is never closed",
    Unreadable "unreadable" "a file cannot be read, or is not UTF-8 text",
    Empty "empty" "there is nothing in the file to check or run",
    Edition "edition" "the file asks for another edition of the language",
    TooDeep "too-deep" "a value is nested too deeply, or is too large",
    Cycle "cycle" "a definition leads back to itself",
    UnknownName "unknown-name" "a name that nothing defines",
    UnknownField "unknown-field" "a field or argument that does not exist there",
    UnknownAxis "unknown-axis" "an axis that the experiment does not have",
    UnknownPosition "unknown-position" "a condition on a value that no point has",
    AmbiguousVersion "ambiguous-version" "a name that has versions, used without saying which",
    Duplicate "duplicate" "the same name twice",
    Shadowing "shadowing" "a definition that hides one of the standard library",
    MissingField "missing-field" "a required field or argument is not given",
    WrongType "wrong-type" "a value of another type than the place asks for",
    WrongUnit "wrong-unit" "a number with a missing, unknown or other unit",
    OutOfRange "out-of-range" "a number outside the range its parameter allows",
    MisplacedAxis "misplaced-axis" "`each` where no axis can stand",
    EmptyAxis "empty-axis" "an axis without positions",
    ZipLength "zip-length" "axes of different lengths cannot be zipped",
    NoEffect "no-effect" "a clause that changes nothing",
    EmptyGrid "empty-grid" "a clause that leaves no point of the grid",
    Axes "axes" "values of an expression that do not fit together",
    Shape "shape" "a layer that does not fit what comes before it",
    CannotWeigh "cannot-weigh" "a method that cannot be the lower level of a worst-case selection",
    MissingBaseline "missing-baseline" "a metric compares with a method that the grid does not have",
    Unaggregated "unaggregated" "an axis that is neither shown, fixed, nor aggregated over",
    NotDrawn "not-drawn" "points that are not on the horizontal axis of a figure",
    HeldOut "held-out" "validation or test samples where only training samples may be used",
    PerhapsTrainedOn "perhaps-trained-on" "held-out samples that a checkpoint may have been trained on",
    MixedSplits "mixed-splits" "sets that come from different splits of the data",
    NoKernel "no-kernel" "a `builtin` that the engine has no kernel for",
    BadData "bad-data" "a data set that cannot be read as declared",
    Renumbered "renumbered" "a list of samples where only some samples of the data set are counted",
    Checkpoint "checkpoint" "a checkpoint that cannot be read, or is another network's",
    Program "program" "a method's program that cannot be read or started",
    Budget "budget" "a forget set larger than the data it is taken from",
    WeakStep "weak-step" "an upper-level step size too small to change the selection",
    WeakTest "weak-test" "a test of significance that no numbers can pass",
    Unused "unused" "a definition that nothing uses",
    UnreadParameter "unread-parameter" "a parameter that nothing reads",
    UnusedAxis "unused-axis" "an axis that no table, figure or claim uses",
    SingleSeed "single-seed" "a spread over one seed",
    Unusual "unusual" "a value outside the published range",
    NoOptimum "no-optimum" "a best value is asked for where none is defined",
    IncomparableBudgets "incomparable-budgets" "forget sets of different sizes side by side",
    UnbalancedAttack "unbalanced-attack" "an attack trained on unequal numbers of members and non-members",
}
