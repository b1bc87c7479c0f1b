//! Personal data of a subject, for access and erasure.

use alloc::vec::Vec;
use core::fmt;

use crate::{
    id::{RecordId, SubjectId},
    subject::{
        decision::subject::Subject,
        record::{personal_item::PersonalItem, personal_items::PersonalItems},
    },
};

/// The personal data of a user in the store, and the records to erase.
///
/// The data contains no secret. It is returned by
/// [`Operations::personal_data`](crate::verifier::Operations::personal_data). `Display` writes one
/// line for each item. With the feature `serde`, the data can be serialized, for example as JSON.
///
/// # Security
///
/// Addresses are not masked. Show the data to the user only, after a recent proof.
///
/// # Example
///
/// ```
/// use second_factor::{Error, SubjectId, verifier::{Operations, PersonalValue}};
///
/// async fn addresses(operations: &Operations, alice: &SubjectId) -> Result<Vec<String>, Error> {
///     let data = operations.personal_data(alice).await?;
///     let values = data.items().iter().flat_map(|item| item.values());
///     let texts = values.filter_map(|(name, value)| match value {
///         PersonalValue::Text(text) if name == "address" => Some(text.clone()),
///         _ => None,
///     });
///     Ok(texts.collect())
/// }
/// # let _ = addresses;
/// ```
#[doc(alias = "gdpr")]
#[derive(Clone)]
pub struct PersonalData {
    user: SubjectId,
    items: Vec<PersonalItem>,
    record: RecordId,
    budgets: Vec<RecordId>,
}

impl PersonalData {
    pub(crate) fn of(subject: &Subject<'_>) -> Self {
        let (keys, record) = (subject.context.keys, subject.context.record_id);
        let stored = match subject.context.version {
            Some(_) => PersonalItems::of(&subject.state),
            None => PersonalItems::default(),
        };
        let PersonalItems { items, addresses, mut budgets } = stored;
        for address in &addresses {
            budgets.push(keys.budget_record(address));
            budgets.extend(keys.prefix_record(address));
        }
        // Sends to addresses that cannot receive a code are charged to budgets of this subject.
        for claimed in addresses.iter().map(Some).chain([None]) {
            budgets.push(keys.decoy_budget_record(&record, claimed));
        }
        budgets.sort_unstable();
        budgets.dedup();
        Self { user: subject.context.id.clone(), items, record, budgets }
    }

    /// Returns the budgets of the user's addresses and of their phone prefixes.
    ///
    /// They contain only times and counts, and other users share most of them. Delete them no
    /// earlier than a day after the account. Otherwise, repeated deletions would lift the limits on
    /// messages. A store that deletes records by
    /// [`forget_after`](crate::storage::Record::forget_after) has deleted them by then.
    #[must_use]
    pub fn budgets(&self) -> &[RecordId] {
        &self.budgets
    }

    /// Returns the stored items about the user.
    ///
    /// The slice is empty if there is no record.
    #[must_use]
    pub fn items(&self) -> &[PersonalItem] {
        &self.items
    }

    /// Returns the id of the user's record, which contains all items.
    #[must_use]
    pub const fn record(&self) -> &RecordId {
        &self.record
    }

    /// Returns the user.
    #[must_use]
    pub const fn user(&self) -> &SubjectId {
        &self.user
    }
}

redacted!(PersonalData);

/// Writes one line for each item.
impl fmt::Display for PersonalData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.items.iter().try_for_each(|item| writeln!(f, "{item}"))
    }
}

/// Serializes a map with `user`, `items`, `record` and `budgets`. Record ids are hexadecimal.
#[cfg(feature = "serde")]
impl serde::Serialize for PersonalData {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use alloc::string::ToString as _;

        use serde::ser::SerializeStruct as _;

        let budgets: Vec<_> = self.budgets.iter().map(|id| id.to_string()).collect();
        let mut map = serializer.serialize_struct("PersonalData", 4)?;
        map.serialize_field("user", &self.user)?;
        map.serialize_field("items", &self.items)?;
        map.serialize_field("record", &self.record.to_string())?;
        map.serialize_field("budgets", &budgets)?;
        map.end()
    }
}

#[cfg(all(test, feature = "serde"))]
mod tests;
