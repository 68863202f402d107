//! Declaring what is stored: one declaration gives the struct and the way there and back.

/// Declares structs that are stored inside of payloads.
///
/// `Order<'a> of Order { order_id: &'a str }` declares the stored struct `Order` of the domain's
/// `Order`, with the same fields and the stored type of each.
macro_rules! records {
    ($(
        $(#[$attribute:meta])*
        $stored:ident $(<$life:tt>)? of $domain:ty { $($field:ident: $type:ty,)* }
    )*) => {$(
        $(#[$attribute])*
        #[derive(bincode::Encode, bincode::BorrowDecode)]
        pub struct $stored $(<$life>)? { $($field: $type,)* }

        impl<'a> crate::wire::Field<'a, $stored $(<$life>)?> for $domain {
            fn store(&'a self) -> Result<$stored $(<$life>)?, crate::wire::Misfit> {
                Ok($stored {
                    $($field: crate::wire::stored(stringify!($field), &self.$field)?,)*
                })
            }

            fn restore(stored: $stored $(<$life>)?) -> Result<Self, crate::wire::Misfit> {
                Ok(Self {
                    $($field: crate::wire::restored(stringify!($field), stored.$field)?,)*
                })
            }
        }
    )*};
}

/// Declares the payloads of an event enum: schema version, type name, the variant with its fields
/// and the stored type of each; older versions with the function that upcasts them; and the
/// variant, if there is one, that holds events declared elsewhere.
///
/// It gives `schema_of`, `write` and `read`. All match exhaustively: an event that is not declared
/// does not compile.
macro_rules! events {
    (
        $event:ident {
            $(
                $schema:literal $name:literal => $variant:ident $(<$life:tt>)? {
                    $($field:ident: $type:ty,)*
                }
                $(before { $($older:literal => $upcast:path,)* })?
            )*
        }
        $(and $nested:ident from $module:ident)?
    ) => {
        $(
            #[derive(bincode::Encode, bincode::BorrowDecode)]
            pub struct $variant $(<$life>)? { $(pub $field: $type,)* }
        )*

        /// Type name and schema version of every payload declared here, older ones as well.
        pub const DECLARED: &[(&str, u32)] = &[
            $(($name, $schema), $($(($name, $older),)*)?)*
        ];

        /// The schema version that an event is written with.
        pub const fn schema_of(event: &$event) -> u32 {
            match event {
                $($event::$variant { .. } => $schema,)*
                $($event::$nested(event) => $module::schema_of(event),)?
            }
        }

        /// Appends an event's payload.
        pub fn write(event: &$event, payload: &mut Vec<u8>) -> Result<(), WireError> {
            match event {
                $($event::$variant { $($field,)* } => append(
                    &$variant { $($field: stored(stringify!($field), $field)?,)* },
                    payload,
                ),)*
                $($event::$nested(event) => $module::write(event, payload),)?
            }
        }

        /// Reads an event from its payload.
        pub fn read(event_type: &str, schema: u32, payload: &[u8]) -> Result<$event, WireError> {
            match event_type {
                $($name => {
                    let $variant { $($field,)* } = match schema {
                        $schema => parse(payload)?,
                        $($($older => $upcast(parse(payload)?),)*)?
                        _ => return Err(WireError::UnknownSchema { newest: $schema }),
                    };
                    Ok($event::$variant { $($field: restored(stringify!($field), $field)?,)* })
                })*
                _ => events!(
                    @elsewhere event_type, schema, payload, $event $(, $nested, $module)?
                ),
            }
        }
    };
    (@elsewhere $type:ident, $schema:ident, $payload:ident, $event:ident) => {
        Err(WireError::UnknownType)
    };
    (
        @elsewhere $type:ident, $schema:ident, $payload:ident, $event:ident,
        $nested:ident, $module:ident
    ) => {
        $module::read($type, $schema, $payload).map($event::$nested)
    };
}

pub(crate) use events;
pub(crate) use records;
