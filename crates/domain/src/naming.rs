//! Closed sets of names as other programs know them.

/// Declares an enum whose every case has one name in commands, events and views.
macro_rules! named {
    ($($(#[$doc:meta])* $name:ident { $($(#[$case_doc:meta])* $case:ident => $text:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$case_doc])* $case,)* }

        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$case,)*];

            /// The name in commands, events and views.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$case => $text,)* }
            }

            /// The one of that name.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == text)
            }
        }
    )*};
}
pub(crate) use named;
