//! Security keys: what systems store about a credential.

use crate::{
    rows::{imported, rows, text, unhex},
    support::World,
};
use second_factor::{
    FactorKind, Proof, block_on,
    enrollment::{Import, InvalidImport, InvalidSecurityKey, NewSecurityKey},
    proof::SecurityKeyOutcome,
};

/// What a WebAuthn crate needs to verify an assertion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    pub id: Vec<u8>,
    /// The COSE key (RFC 9052 §7), as the authenticator returned it.
    pub public_key: Vec<u8>,
    pub counter: u32,
}

impl Credential {
    /// The key of all rows.
    pub fn expected() -> Self {
        let row = rows("security_key");
        let (id, public_key) = (unhex(text(&row["id"])), unhex(text(&row["cose"])));
        Self { id, public_key, counter: 7 }
    }

    /// As your application serializes it for its WebAuthn crate.
    pub fn serialized(&self) -> Vec<u8> {
        serde_json::to_vec(&(&self.id, &self.public_key, self.counter)).unwrap()
    }

    pub fn named(&self, name: &str) -> NewSecurityKey {
        NewSecurityKey::new(name, &self.serialized()).unwrap()
    }

    /// Reads the data of an authenticator (WebAuthn §6.1), with an attested credential.
    pub fn of_authenticator_data(data: &[u8]) -> Self {
        // The hash of the relying-party id, flags, the counter, the AAGUID, and a length.
        let counter = u32::from_be_bytes(data[33..37].try_into().unwrap());
        let length = usize::from(u16::from_be_bytes(data[53..55].try_into().unwrap()));
        let (id, public_key) = data[55..].split_at(length);
        Self { id: id.to_vec(), public_key: public_key.to_vec(), counter }
    }
}

/// The key of the user signs in, with the credential of its row.
pub async fn key_signs_in(world: &World, name: &str, credential: &Credential) {
    assert_eq!(*credential, Credential::expected());
    let ceremony = world.verifier.begin_security_key(&world.alice, b"").await.unwrap();
    let [key] = ceremony.keys() else { panic!("{} keys", ceremony.keys().len()) };
    assert_eq!((key.name(), key.credential()), (name, &credential.serialized()[..]));
    let outcome = SecurityKeyOutcome::passed(key.id(), key.credential());
    let proof = Proof::security_key(&ceremony, outcome);
    let verified = world.verifier.verify(&world.alice, proof).await.unwrap();
    assert_eq!(verified.factors(), [FactorKind::SecurityKey]);
}

#[test]
fn key_alone_is_imported_and_protects() {
    block_on(async {
        let key = Credential::expected();
        let world = imported(Import::new().security_key(key.named("Blue")).unwrap()).await;
        assert!(world.verifier.status(&world.alice).await.unwrap().is_protected());
        key_signs_in(&world, "Blue", &key).await;
    });
}

#[test]
fn sixth_key_is_refused() {
    let key = Credential::expected();
    let add = |import: Import| import.security_key(key.named("Blue"));
    let five = (0..5).try_fold(Import::new(), |import, _| add(import)).unwrap();
    assert_eq!(add(five).err(), Some(InvalidImport::SecurityKey));
    assert_eq!(NewSecurityKey::new("", b"x").err(), Some(InvalidSecurityKey::Name));
}
