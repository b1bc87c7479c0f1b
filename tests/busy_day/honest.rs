//! Visits of honest users.

use alloc::rc::Rc;

use second_factor::{Secret, Verified, enrollment::Enroller, otp::Totp, purpose::Operation};

use super::{
    factors::{App, Backup},
    hostile,
    service::{Ran, Service},
};
use crate::support::{answer::Answer, not};

/// A visit of a user who signs in with one of their factors.
pub async fn visit(service: Rc<Service>, who: usize) {
    let executor = &service.executor;
    let (has_phone, has_backup, has_device) = {
        let user = service.users[who].borrow();
        if user.is_unsure {
            return;
        }
        (user.phone.is_some(), user.backup.is_some(), !user.devices.is_empty())
    };
    if executor.chance(10) {
        let (worker, id) = (service.worker(), service.id(who));
        let next = service.ask(worker, worker.verifier().next(&id)).await;
        if let Ran::Answered(second_factor::Next::Done(_)) = next.ran {
            assert!(service.users[who].borrow().is_unsure, "I6: reported as unprotected");
        }
    }
    match executor.below(1000) {
        // Boxed, because most visits are not of the largest kind.
        0..12 if has_backup => drop(Box::pin(sign_in_by_backup_code(&service, who)).await),
        12..60 if has_device => Box::pin(sign_in_by_request(&service, who)).await,
        60..250 if has_device => Box::pin(visit_with_device(&service, who)).await,
        250..330 if has_phone => drop(Box::pin(sign_in_by_phone(&service, who)).await),
        330..334 => Box::pin(change_factors(&service, who)).await,
        _ => {
            if service.users[who].borrow().devices.len() < 3 && executor.chance(2) {
                service.users[who].borrow_mut().trusts = true;
            }
            let client = executor.below(u64::MAX);
            let _ = sign_in_by_app(&service, who, (Operation::SignIn, client)).await;
        }
    }
}

/// Types codes of the app until one is accepted, and the PIN after it.
pub async fn sign_in_by_app(
    service: &Rc<Service>,
    who: usize,
    (purpose, client): (Operation, u64),
) -> Option<Answer> {
    let executor = &service.executor;
    for _ in 0..6 {
        let (code, from) = {
            let user = service.users[who].borrow();
            if user.is_unsure {
                return None;
            }
            user.app.as_ref()?.fresh(executor.now())
        };
        if from > executor.now() {
            executor.sleep(from - executor.now()).await;
        }
        if executor.chance(3) {
            let _ = service.by_app(who, (purpose, client), &not(&code)).await;
        }
        if executor.chance(2) {
            // A double click: the same code twice concurrently, through any process.
            let (again, code) = (Rc::clone(service), code.clone());
            executor.begin(async move {
                let _ = again.by_app(who, (purpose, client), &code).await;
            });
        }
        let asked = service.by_app(who, (purpose, client), &code).await;
        if executor.chance(8) {
            let again = hostile::replay(Rc::clone(service), who, code);
            executor.begin(again);
        }
        match asked.ran {
            Ran::Answered(verified) => return Some(verified),
            Ran::PinDue(due) => return enter_pin(service, who, client, &due).await,
            Ran::Denied(_) => {
                let wait = asked.retry_at.map_or(0, |at| at.saturating_sub(executor.now()));
                executor.sleep(wait.min(3600) + 1).await;
            }
            Ran::Busy | Ran::Lost => executor.sleep(1).await,
        }
    }
    service.note("a user with an app gave up");
    None
}

async fn enter_pin(
    service: &Rc<Service>,
    who: usize,
    client: u64,
    due: &second_factor::Handle,
) -> Option<Answer> {
    let executor = &service.executor;
    let text = service.users[who].borrow().pin.as_ref()?.text.clone();
    if executor.chance(5) {
        let _ = service.by_pin(who, client, due, &not(&text)).await;
        executor.sleep(1).await;
    }
    let asked = service.by_pin(who, client, due, &text).await;
    let Ran::Answered(verified) = asked.ran else { return None };
    let again = service.by_pin(who, client, due, &text).await;
    assert!(!again.ran.is_success(), "I1: a PIN step succeeded twice");
    Some(verified)
}

pub async fn sign_in_by_phone(service: &Rc<Service>, who: usize) -> Option<Answer> {
    let (executor, client) = (&service.executor, service.executor.below(u64::MAX));
    let purpose = if executor.chance(5) { Operation::StepUp } else { Operation::SignIn };
    let serial = service.send(who, purpose, client).await.ok()?;
    executor.sleep(3 + executor.below(40)).await;
    if executor.chance(10) {
        let (_, first) = service.sent(who, serial)?;
        executor.sleep(31).await;
        service.resend(who, serial, client).await;
        if executor.chance(30) {
            // The first code arrived late.
            let _ = service.by_code(who, serial, (&first, purpose, client)).await;
        }
    }
    if executor.chance(2) {
        executor.sleep(320).await;
    }
    let (_, code) = service.sent(who, serial)?;
    if executor.chance(5) {
        let incorrect = not(&code);
        let _ = service.by_code(who, serial, (&incorrect, purpose, client)).await;
    }
    if executor.chance(5) {
        // It must be refused for another purpose and in another browser.
        let other =
            if executor.chance(50) { (Operation::Manage, client) } else { (purpose, client ^ 1) };
        let asked = service.by_code(who, serial, (&code, other.0, other.1)).await;
        assert!(!asked.is_some_and(|asked| asked.ran.is_success()), "I6");
    }
    let asked = service.by_code(who, serial, (&code, purpose, client)).await?;
    if executor.chance(10) {
        let again = service.by_code(who, serial, (&code, purpose, client)).await;
        let passed = again.is_some_and(|again| again.ran.is_success());
        assert!(!passed || !asked.ran.is_success(), "I1: a sent code was accepted twice");
    }
    match asked.ran {
        Ran::Answered(verified) => Some(verified),
        Ran::PinDue(due) => enter_pin(service, who, client, &due).await,
        _ => None,
    }
}

async fn sign_in_by_backup_code(service: &Rc<Service>, who: usize) -> Option<Answer> {
    let code = service.users[who].borrow().backup.as_ref()?.fresh.first()?.clone();
    let asked = service.by_backup_code(who, &code).await;
    if asked.ran.is_success() && service.executor.chance(50) {
        let again = service.by_backup_code(who, &code).await;
        assert!(!again.ran.is_success(), "I1: a backup code was accepted twice");
    }
    match asked.ran {
        Ran::Answered(verified) => Some(verified),
        _ => None,
    }
}

async fn sign_in_by_request(service: &Rc<Service>, who: usize) {
    let is_correct = !service.executor.chance(5);
    let _ = service.by_request(who, is_correct).await;
}

/// A remembered browser, occasionally with two concurrent requests.
async fn visit_with_device(service: &Rc<Service>, who: usize) {
    let token = {
        let user = service.users[who].borrow();
        let Some(device) = user.devices.last() else { return };
        device.newest().to_owned()
    };
    if service.executor.chance(20) {
        let (again, token) = (Rc::clone(service), token.clone());
        service.executor.begin(async move {
            let _ = again.recognize(who, &token).await;
        });
    }
    let _ = service.recognize(who, &token).await;
}

/// Changes the enrolled factors; one change at a time per user.
async fn change_factors(service: &Rc<Service>, who: usize) {
    if core::mem::replace(&mut service.users[who].borrow_mut().is_busy, true) {
        return;
    }
    service.users[who].borrow_mut().while_busy = 0;
    let client = service.executor.below(u64::MAX);
    let has_phone = service.users[who].borrow().phone.is_some();
    let sent = match has_phone && service.executor.chance(50) {
        true => service.send(who, Operation::StepUp, client).await.ok(),
        false => None,
    };
    let manage = (Operation::Manage, client);
    if let Some(granted) = sign_in_by_app(service, who, manage).await {
        match service.executor.below(4) {
            0 => change_app(service, who, (&granted, client)).await,
            1 => new_backup_codes_for(service, who, (&granted, client)).await,
            2 => sign_out_everywhere(service, who, (&granted, client)).await,
            _ => change_password(service, who).await,
        }
    }
    if service.users[who].borrow().is_unsure {
        reset_and_enroll(service, who).await;
    } else if let Some((serial, (_, code))) =
        sent.and_then(|one| Some((one, service.sent(who, one)?)))
    {
        // I10: codes sent before the change may have become void.
        let _ = service.by_code(who, serial, (&code, Operation::StepUp, client)).await;
    }
    service.users[who].borrow_mut().is_busy = false;
}

async fn change_app(service: &Rc<Service>, who: usize, by: (&Answer, u64)) {
    let (worker, granted) = (service.worker(), by.0);
    let verifier = worker.for_client(by.1);
    let begun = service.ask(worker, verifier.enroll_totp(granted, "user")).await;
    let Ran::Answered(enrollment) = begun.ran else { return };
    let totp = scan(enrollment.expose_secret().expose());
    if service.executor.chance(30) {
        // I5: having seen the QR code does not give access yet.
        let code = code_of(&totp, service.executor.now());
        let client = service.executor.below(u64::MAX);
        let _ = service.by_app(who, (Operation::SignIn, client), &code).await;
    }
    service.executor.sleep(service.executor.below(30)).await;
    let (id, step) = (service.id(who), service.executor.now() / 30);
    let code = code_of(&totp, service.executor.now());
    let worker = service.worker();
    let verifier = worker.for_client(by.1);
    service.users[who].borrow_mut().is_replacing = true;
    let asked = service.ask(worker, verifier.confirm(&id, &enrollment, &code)).await;
    service.note(&format!("change the app: {}", asked.ran.label()));
    let mut user = service.users[who].borrow_mut();
    user.is_replacing = false;
    match asked.ran {
        Ran::Answered(_) => {
            user.void(&asked);
            let app = App::new(totp, step).after_attempts(user.while_busy);
            let old = user.app.replace(app);
            user.old_apps.extend(old.map(|app| app.totp));
            user.requests = Default::default();
        }
        Ran::Lost | Ran::Busy => user.is_unsure = true,
        Ran::Denied(_) | Ran::PinDue(_) => {}
    }
}

async fn new_backup_codes_for(service: &Rc<Service>, who: usize, by: (&Answer, u64)) {
    let (worker, granted) = (service.worker(), by.0);
    let verifier = worker.for_client(by.1);
    let asked = service.ask(worker, verifier.new_backup_codes(granted)).await;
    service.note(&format!("print codes: {}", asked.ran.label()));
    let mut user = service.users[who].borrow_mut();
    if matches!(asked.ran, Ran::Answered(_)) && user.backup.is_some() {
        // I10: the previous codes are void, with everything proven before.
        user.void(&asked);
    }
    match asked.ran {
        Ran::Answered(codes) => {
            let old = user.backup.take();
            user.old_codes.extend(old.into_iter().flat_map(|old| old.fresh));
            let fresh = codes.expose().iter().map(|code| code.expose().to_owned()).collect();
            user.backup = Some(Backup { fresh, ..Backup::default() });
        }
        Ran::Lost | Ran::Busy => user.is_unsure = true,
        Ran::Denied(_) | Ran::PinDue(_) => {}
    }
}

async fn sign_out_everywhere(service: &Rc<Service>, who: usize, by: (&Answer, u64)) {
    let (worker, granted) = (service.worker(), by.0);
    let verifier = worker.for_client(by.1);
    let asked = service.ask(worker, verifier.sign_out_everywhere(granted)).await;
    service.note(&format!("sign out everywhere: {}", asked.ran.label()));
    let mut user = service.users[who].borrow_mut();
    match asked.ran {
        Ran::Answered(_) => user.void(&asked),
        Ran::Lost | Ran::Busy => {
            if let Some(phone) = &mut user.phone {
                phone.may_be_void();
            }
            user.requests.answered();
        }
        Ran::Denied(_) | Ran::PinDue(_) => {}
    }
}

async fn change_password(service: &Rc<Service>, who: usize) {
    let (worker, id) = (service.worker(), service.id(who));
    let asked = service.ask(worker, worker.verifier().password_changed(&id)).await;
    service.note(&format!("change the password: {}", asked.ran.label()));
    let mut user = service.users[who].borrow_mut();
    user.requests.answered();
    if let Ran::Answered(_) = asked.ran {
        user.void(&asked);
    }
}

/// After a change with an unknown outcome: an administrator resets, and the user enroll_app again.
async fn reset_and_enroll(service: &Rc<Service>, who: usize) {
    let id = service.id(who);
    loop {
        let worker = service.worker();
        if let Ran::Answered(()) = service
            .ask(worker, worker.verifier().support("Carol, support", "lost in a fault").reset(&id))
            .await
            .ran
        {
            if let Some((app, _)) = enroll_app(service, who, &id).await {
                service.note("reset, and enrolled again");
                let mut user = service.users[who].borrow_mut();
                user.end_devices(service.store.tally().commits);
                user.app = Some(app.after_attempts(user.while_busy));
                (user.phone, user.backup, user.pin) = (None, None, None);
                user.requests = Default::default();
                user.is_unsure = false;
                return;
            }
        }
        service.executor.sleep(1).await;
    }
}

/// Enrolls an app. Returns the app and its proof.
pub async fn enroll_app(
    service: &Rc<Service>,
    who: usize,
    enroller: impl Into<Enroller>,
) -> Option<(App, Verified)> {
    let worker = service.worker();
    let begun = service.ask(worker, worker.verifier().enroll_totp(enroller, "user")).await;
    let Ran::Answered(enrollment) = begun.ran else { return None };
    let totp = scan(enrollment.expose_secret().expose());
    let (id, step) = (service.id(who), service.executor.now() / 30);
    let code = code_of(&totp, service.executor.now());
    let worker = service.worker();
    let asked = service.ask(worker, worker.verifier().confirm(&id, &enrollment, &code)).await;
    match asked.ran {
        Ran::Answered(confirmed) => Some((App::new(totp, step), confirmed.verified()?)),
        _ => None,
    }
}

fn scan(text: &str) -> Totp {
    Totp::new(&Secret::from_base32(text).unwrap())
}

fn code_of(totp: &Totp, now: u64) -> String {
    let code = totp.code(second_factor::UnixTime::from_secs(now)).unwrap();
    code.expose().to_owned()
}
