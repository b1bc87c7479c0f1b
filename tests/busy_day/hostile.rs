//! Visits of attackers with passwords, codes or stolen tokens.

use alloc::rc::Rc;

use second_factor::{Address, CodeRequest, Proof, Reason, SubjectId, UnixTime, purpose::Operation};

use super::{
    WITH_BACKUP_CODES, WITH_DEVICE, WITH_PHONE,
    service::{BLOCK, Ran, Service},
};
use crate::support::not;

/// One attack against `who`, or against a neighbor who has the attacked factor.
pub async fn visit(service: Rc<Service>, who: usize) {
    let with = |one_in: usize| who - who % one_in;
    match service.executor.below(100) {
        0..26 => guess(&service, who).await,
        26..30 => guess_a_backup_code(&service, with(WITH_BACKUP_CODES)).await,
        30..40 => guess_a_sent_code(&service, with(WITH_PHONE)).await,
        40..52 => pump(&service, who).await,
        52..56 => pump_premium_number(&service).await,
        56..60 => pump_number_block(&service).await,
        60..75 => flood_requests(&service, with(WITH_DEVICE)).await,
        75..90 => present_stolen_token(&service, with(WITH_DEVICE)).await,
        90..95 => {
            try_void_credentials(&service, with([1, WITH_DEVICE][service.executor.pick(2)])).await
        }
        _ => enroll_with_password(&service, who).await,
    }
}

/// Guesses codes of the app, many concurrently: each in its own session, through any process.
async fn guess(service: &Rc<Service>, who: usize) {
    let executor = &service.executor;
    if service.users[who].borrow().app.is_none() {
        return;
    }
    for _ in 0..1 + executor.below(12) {
        let (again, typed) = (Rc::clone(service), format!("{:06}", executor.below(1_000_000)));
        let purpose = if executor.chance(90) { Operation::SignIn } else { Operation::Manage };
        executor.begin(async move {
            let client = again.executor.below(u64::MAX);
            let _ = again.by_app(who, (purpose, client), &typed).await;
        });
    }
}

/// An observed code: at once, a step later, for another purpose, for another subject.
pub async fn replay(service: Rc<Service>, who: usize, code: String) {
    let executor = &service.executor;
    let client = executor.below(u64::MAX);
    executor.sleep([0, 0, 1, 29, 31][executor.pick(5)]).await;
    let purpose = [Operation::SignIn, Operation::Manage, Operation::StepUp][executor.pick(3)];
    let whom = if executor.chance(80) { who } else { executor.pick(service.users.len()) };
    if service.users[whom].borrow().app.is_some() {
        let _ = service.by_app(whom, (purpose, client), &code).await;
    }
}

/// Has a code sent to the owner, and guesses it.
async fn guess_a_sent_code(service: &Rc<Service>, who: usize) {
    let client = service.executor.below(u64::MAX);
    if service.users[who].borrow().phone.is_none() {
        return;
    }
    let Ok(serial) = service.send(who, Operation::SignIn, client).await else { return };
    for _ in 0..1 + service.executor.below(8) {
        let Some((_, code)) = service.sent(who, serial) else { return };
        let _ = service.by_code(who, serial, (&not(&code), Operation::SignIn, client)).await;
    }
    // An attacker who saw the phone waits for a lock to end.
    if service.executor.chance(30) {
        service.executor.sleep(31 + service.executor.below(100)).await;
        let Some((_, code)) = service.sent(who, serial) else { return };
        let _ = service.by_code(who, serial, (&code, Operation::SignIn, client)).await;
    }
}

async fn guess_a_backup_code(service: &Rc<Service>, who: usize) {
    if service.users[who].borrow().backup.is_none() {
        return;
    }
    for _ in 0..1 + service.executor.below(8) {
        let typed = format!("{:016}", service.executor.below(10_000_000_000_000_000));
        let _ = service.by_backup_code(who, &typed).await;
    }
}

/// Has codes sent to the owner until the budget is used up.
async fn pump(service: &Rc<Service>, who: usize) {
    let (id, number, has_phone) = {
        let user = service.users[who].borrow();
        (user.id.clone(), user.number.clone(), user.phone.is_some())
    };
    for _ in 0..4 {
        let client = service.executor.below(u64::MAX);
        if has_phone && service.executor.chance(50) {
            if let Ok(serial) = service.send(who, Operation::SignIn, client).await {
                service.resend(who, serial, client).await;
                service.resend(who, serial, client ^ 1).await;
            }
        } else {
            let worker = service.worker();
            let verifier = worker.for_client(client);
            let operation = verifier.send_code(&id, CodeRequest::register(&number));
            let asked = service.ask(worker, operation).await;
            let came = service.read(&number, has_phone);
            service.note(&format!("pump: {}", asked.ran.label()));
            if let (Ran::Answered(sent), Some(code)) = (asked.ran, came) {
                let incorrect = not(&code);
                let proof = Proof::sent_code(&sent, &incorrect);
                let asked = service.prove(who, (Operation::Register, client), proof).await;
                assert!(!asked.ran.is_success(), "an incorrect code registered");
            }
        }
        service.executor.sleep(service.executor.below(40)).await;
    }
}

/// Signs up repeatedly so that codes are sent to one premium number.
async fn pump_premium_number(service: &Rc<Service>) {
    let executor = &service.executor;
    let premium = Address::phone(&format!("+88213{:06}", executor.below(5))).unwrap();
    for _ in 0..4 {
        let id = SubjectId::new(format!("fraud-{}", executor.below(200))).unwrap();
        let worker = service.worker();
        let asked = service.ask(worker, worker.verifier().enroll_address(&id, &premium)).await;
        let _ = service.read(&premium, false);
        service.note(&format!("pump by signing up: {}", asked.ran.label()));
    }
}

/// The same with ten thousand numbers, each used once or twice.
async fn pump_number_block(service: &Rc<Service>) {
    let executor = &service.executor;
    for _ in 0..4 {
        let number = Address::phone(&format!("{BLOCK}{:04}", executor.below(10_000))).unwrap();
        let id = SubjectId::new(format!("fraud-{}", executor.below(2000))).unwrap();
        let worker = service.worker();
        let asked = service.ask(worker, worker.verifier().enroll_address(&id, &number)).await;
        let _ = service.read(&number, false);
        service.note(&format!("pump a block: {}", asked.ran.label()));
    }
}

/// Requests approval by the owner's devices, repeatedly.
async fn flood_requests(service: &Rc<Service>, who: usize) {
    for _ in 0..5 {
        let Some((handle, _, _)) = service.request(who).await else { return };
        let proof = Proof::sign_in_request(handle);
        let asked = service.prove(who, (Operation::SignIn, 0), proof).await;
        assert!(!asked.ran.is_success(), "I5: the request was not approved");
    }
}

/// Presents a token of the owner's browser, the newest or an earlier one.
async fn present_stolen_token(service: &Rc<Service>, who: usize) {
    let executor = &service.executor;
    let token = {
        let user = service.users[who].borrow();
        let Some(device) = user.devices.last() else { return };
        device.nth(executor.pick(4)).map(str::to_owned)
    };
    let Some(token) = token else { return };
    executor.sleep(executor.below(600)).await;
    if executor.chance(10) {
        let other = executor.pick(service.users.len());
        let asked = service.recognize(other, &token).await;
        assert!(other == who || !asked.is_recognized(), "I6: a device of another subject");
    }
    let _ = service.recognize(who, &token).await;
}

/// I10: a replaced app, a backup code of a previous set, a stolen or signed-out device.
async fn try_void_credentials(service: &Rc<Service>, who: usize) {
    let (app, code, token) = {
        let user = service.users[who].borrow();
        let now = UnixTime::from_secs(service.executor.now());
        let app = user.old_apps.last().and_then(|app| app.code(now));
        let app = app.map(|code| code.expose().to_owned());
        (app, user.old_codes.last().cloned(), user.old_tokens.last().cloned())
    };
    let client = service.executor.below(u64::MAX);
    if let Some(code) = app {
        let _ = service.by_app(who, (Operation::SignIn, client), &code).await;
    }
    if let Some(code) = code {
        let asked = service.by_backup_code(who, &code).await;
        assert!(!asked.ran.is_success(), "I10: a backup code of a previous set");
    }
    if let Some(token) = token {
        let asked = service.recognize(who, &token).await;
        assert!(!asked.is_recognized(), "I10: a device that is no longer trusted");
    }
}

/// With only the password: adds an app over enrolled factors.
async fn enroll_with_password(service: &Rc<Service>, who: usize) {
    let (worker, id) = (service.worker(), service.id(who));
    let asked = service.ask(worker, worker.verifier().enroll_totp(&id, "mallory")).await;
    let is_unsure = service.users[who].borrow().is_unsure;
    match asked.ran {
        Ran::Answered(_) => assert!(is_unsure, "I5: an app was added with the password alone"),
        Ran::Denied(reason) => assert!(is_unsure || reason == Reason::Unauthorized, "{reason:?}"),
        _ => {}
    }
}
