//! Bound on the record size with everything at its maximum.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests may panic")]

use crate::support::answer::{Answer, Prove as _};
use crate::support::{App, ROOT, World, fresh_for};
use second_factor::{
    Address, Client, CodeRequest, Handle, Keys, NewDevice, Policy, Proof, Secret, Storage as _,
    block_on,
    enrollment::{HotpToken, Import, NewSecurityKey},
    otp::TotpParameters,
    proof::{RequestedFrom, SecurityKeyOutcome},
    purpose::{Agreement, Operation},
};

const PIN: &str = "493817";
/// The maximum size of a notice and of removed addresses; `outbox` enforces it.
const OUTBOX: usize = 5 * 1024;

fn email(name: char) -> Address {
    let host = [63, 63, 56].map(|len| "d".repeat(len)).join(".");
    Address::email(&format!("{}@{host}.ex", String::from(name).repeat(64))).unwrap()
}

fn phone(last: u8) -> Address {
    Address::phone(&format!("+12345678901234{last}")).unwrap()
}

struct Full {
    world: World,
    app: App,
}

impl Full {
    /// Imports everything that another application may have had.
    async fn imported() -> Self {
        let world = World::with(
            Policy::builder()
                .danger_cheap_hashes()
                .address_sends(50, 50)
                .subject_sends(50, 50)
                .backup_codes(20)
                .build()
                .unwrap(),
        );
        let secret = Secret::new(&[7; 64]).unwrap();
        let hashes = (0..20).map(|at| format!("{at:0>256}"));
        let mut import = Import::new()
            .totp(&secret, TotpParameters::new(), None)
            .unwrap()
            .hotp(HotpToken::new(&Secret::new(&[8; 64]).unwrap()))
            .hashed_backup_codes(hashes)
            .unwrap();
        for address in (0..3).map(phone).chain(['a', 'b'].map(email)) {
            import = import.address(address).unwrap();
        }
        world.verifier.operations().import(&world.alice, import).await.unwrap();
        let app = App::scan(secret.expose_base32().expose());
        let permission = fresh_for(&world, &app, Operation::Manage).await;
        world.verifier.set_pin(&permission, PIN).await.unwrap();
        Self { world, app }
    }

    /// A partial proof by the app, with the PIN pending.
    async fn due(&self, purpose: Operation) -> Handle {
        self.world.clock.advance(30);
        let (verifier, alice) = (&self.world.verifier, &self.world.alice);
        let typed = self.app.code(&self.world.clock);
        let error = verifier.prove_for(alice, purpose, Proof::totp(&typed)).await.unwrap_err();
        *error.pending_pin().unwrap()
    }

    async fn permission(&self, purpose: Operation) -> Answer {
        let due = self.due(purpose).await;
        let (verifier, alice) = (&self.world.verifier, &self.world.alice);
        verifier.prove_for(alice, purpose, Proof::pin(due, PIN)).await.unwrap()
    }

    fn size(&self) -> usize {
        let id = Keys::new(ROOT).subject_record(&self.world.alice);
        let record = block_on(self.world.store.load(&id)).unwrap().unwrap();
        record.bytes().len()
    }

    async fn with_keys_and_devices(&self) {
        let (verifier, alice) = (&self.world.verifier, &self.world.alice);
        for _ in 0..5 {
            let permission = self.permission(Operation::Manage).await;
            let begun = verifier.enroll_security_key(&permission, &[7; 4096]).await.unwrap();
            let (name, credential) = ("n".repeat(64), [7; 2048]);
            let key = NewSecurityKey::new(&name, &credential).unwrap();
            let _ = verifier.confirm_security_key(alice, &begun, key).await.unwrap();
        }
        for at in 0..10 {
            let due = self.due(Operation::SignIn).await;
            let mark = Address::push(&format!("{at}{}", "m".repeat(1023))).unwrap();
            let device = NewDevice::new(&"\u{1f4bb}".repeat(64)).with_push(&mark);
            let proof = Proof::pin(due, PIN).trusting(device);
            let verified = verifier.verify(alice, proof).await.unwrap();
            assert!(verified.device_token().is_some());
        }
    }

    /// Clients whose codes were reported as unrequested, and all sends of a day.
    async fn reported(&self) {
        let alice = &self.world.alice;
        for at in 0..10_u8 {
            let client = Client::new([at; 16]).unwrap();
            let stranger = self.world.verifier.for_client(client);
            let _ = stranger
                .send_code(alice, CodeRequest::to_address(&phone(0)).purpose(Operation::StepUp))
                .await
                .unwrap();
            self.world.verifier.report_unrequested(alice).await.unwrap();
            let _ = self.due(Operation::SignIn).await;
        }
    }

    /// Opens everything that can be pending.
    async fn open(&self) {
        let alice = &self.world.alice;
        let client = Client::new(b"a client of her own").unwrap();
        let verifier = self.world.verifier.for_client(client);
        let agreement = {
            let names: Vec<String> = (0..8).map(|at| format!("{at:0>40}")).collect();
            let value = "v".repeat(140);
            Agreement::new(names.iter().map(|name| (name.as_str(), value.as_str()))).unwrap()
        };
        let mut sent: Vec<Handle> = Vec::new();
        let asks = [Operation::SignIn, Operation::StepUp, Operation::Manage];
        for (purpose, at) in asks.into_iter().zip(0..) {
            let _ = self.due(Operation::StepUp).await;
            let open = verifier
                .send_code(alice, CodeRequest::to_address(&phone(at)).purpose(purpose))
                .await
                .unwrap();
            sent.push(*open.handle());
        }
        for (address, purpose) in
            [(email('a'), Operation::Recover), (email('b'), Operation::ResetPin)]
        {
            let _ = self.due(Operation::StepUp).await;
            let open = verifier
                .send_code(alice, CodeRequest::to_address(&address).purpose(purpose))
                .await
                .unwrap();
            sent.push(*open.handle());
        }
        let _ = self.due(Operation::StepUp).await;
        let open = verifier
            .send_code(alice, CodeRequest::to_address(&phone(0)).agreement(&agreement))
            .await
            .unwrap();
        sent.push(*open.handle());
        for address in [phone(1), email('a')] {
            let enroller = self.permission(Operation::SignIn).await;
            let open = verifier.enroll_address(&enroller, &address).await.unwrap();
            sent.push(*open.handle());
        }
        let open = verifier.send_code(alice, CodeRequest::register(&phone(2))).await.unwrap();
        sent.push(*open.handle());
        for handle in &sent {
            let _ = self.due(Operation::StepUp).await;
            let _ = verifier.send_code(alice, CodeRequest::again(handle)).await;
        }
        let enroller = self.permission(Operation::SignIn).await;
        let _ = verifier.enroll_totp(&enroller, "alice").await.unwrap();
        let token = HotpToken::new(&Secret::new(&[9; 64]).unwrap());
        let _ = verifier.enroll_hotp(&enroller, &token).await.unwrap();
        for _ in 0..8 {
            let ceremony = verifier.begin_security_key(alice, b"").await.unwrap();
            let outcome = SecurityKeyOutcome::passed(ceremony.keys()[0].id(), &[7; 2048]);
            let _ = verifier.verify(alice, Proof::security_key(&ceremony, outcome)).await;
        }
        let from = RequestedFrom::new(&"\u{1f4bb}".repeat(64), &"\u{1f30d}".repeat(64));
        let _ = verifier.request_sign_in(alice, Operation::SignIn, &from).await.unwrap();
    }
}

#[test]
fn record_with_everything_at_its_limit_stays_under_the_cap() {
    block_on(async {
        let full = Full::imported().await;
        full.with_keys_and_devices().await;
        full.reported().await;
        full.open().await;
        let size = full.size();
        assert!(size + OUTBOX < 64 * 1024, "{size} bytes");
        assert!(size > 35 * 1024, "{size} bytes: not everything is at its maximum");
    });
}

#[test]
fn typical_record_takes_less_than_a_kibibyte() {
    block_on(async {
        let world = World::new();
        let (app, verified) = world.with_app().await;
        let (verifier, clock) = (&world.verifier, &world.clock);
        let _ = verifier.new_backup_codes(&verified).await.unwrap();
        let _ = world.with_phone(&verified).await;
        for label in ["Firefox, Lisbon", "Safari, Porto"] {
            clock.advance(60);
            let proof = Proof::totp(app.code(clock)).trusting(NewDevice::new(label));
            let _ = verifier.verify(&world.alice, proof).await.unwrap();
        }
        // The notices that were texted count for a day.
        clock.advance(86_400);
        let _ = verifier.verify(&world.alice, Proof::totp(app.code(clock))).await.unwrap();
        let status = verifier.status(&world.alice).await.unwrap();
        let stored =
            world.store.load(&verifier.operations().record_id(&world.alice)).await.unwrap();
        let size = stored.unwrap().bytes().len();
        assert!(size < 1024, "{size} bytes of {status:?}");
    });
}
