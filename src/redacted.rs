//! The redacted `Debug` of secrets.

/// Implements `Debug` as `TypeName(redacted)`, so that no secret reaches a log.
///
/// Input: the names of types in scope, each with its lifetimes, for example
/// `redacted!(Secret, Base32Text<'_>);`, or each with one type parameter. The macro needs neither
/// `alloc` nor the type's fields.
macro_rules! redacted {
    ($($name:ident $(<$($lifetime:lifetime),+>)?),+ $(,)?) => {
        $(redacted!(@ <> $name $(<$($lifetime),+>)?);)+
    };
    ($($name:ident<$parameter:ident>),+ $(,)?) => {
        $(redacted!(@ <$parameter> $name<$parameter>);)+
    };
    (@ <$($parameter:ident)?> $name:ident $($arguments:tt)*) => {
        impl<$($parameter)?> ::core::fmt::Debug for $name $($arguments)* {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(::core::concat!(::core::stringify!($name), "(redacted)"))
            }
        }
    };
}
