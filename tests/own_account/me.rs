//! What `PATCH /me` asks proofs for.

use serde_json::json;
use vestibule::flow::Submit;
use vestibule::identifier::UserId;
use vestibule::interaction::InteractionId;
use vestibule::me::{Envelope, MeErrorCode, MePatch, SecondFactorPolicy, SignedIn, UpdateMe};

use crate::house::{House, PASSWORD, username};

fn update(house: &House, user: &UserId, patch: MePatch, proved_in: Option<InteractionId>) -> Envelope {
    let signed_in = SignedIn::new(user.clone(), house.now.get());
    house.act(&UpdateMe::new(signed_in, patch).proved_in(proved_in)).unwrap()
}

fn clear_username() -> MePatch {
    MePatch::from_json(&json!({"username": null}))
}

fn refused(answer: &Envelope) -> (u16, Vec<MeErrorCode>) {
    (answer.status, answer.errors.iter().map(|error| error.code).collect())
}

fn house() -> House {
    House::with(json!({"signUp": {"identifiers": []}}))
}

#[test]
fn a2_clearing_the_username_and_lowering_the_policy_need_fresh_proofs_of_the_same_session() {
    let house = house();
    let jane = house.add_jane();
    let joe = house.add("joe", |user| user.set_password(house.account_password(), user.created_at));
    house.change(&jane, |user| user.mfa.enabled = Some(true));
    let lower = || MePatch::default().second_factor_policy(SecondFactorPolicy::Optional);
    let step_up = (403, vec![MeErrorCode::StepUpRequired]);
    let unproved = house.manage(&jane);
    let of_another = house.manage(&joe);
    let sign_in = house.sign_in().into_jane();
    for proved_in in [None, Some(unproved.id()), Some(of_another.id()), Some(sign_in.id())] {
        for patch in [clear_username(), lower()] {
            assert_eq!(refused(&update(&house, &jane, patch, proved_in.clone())), step_up);
        }
    }
    let owner = house.manage(&jane);
    owner.password(username("jane"), PASSWORD).unwrap();
    house.session.set(Some("another"));
    assert_eq!(refused(&update(&house, &jane, clear_username(), Some(owner.id()))), step_up);
    house.session.set(Some(crate::house::SESSION));
    assert_eq!(update(&house, &jane, clear_username(), Some(owner.id())).status, 200);
    assert_eq!(update(&house, &jane, lower(), Some(owner.id())).status, 200);
    let account = house.account(&jane);
    assert_eq!((account.username, account.mfa.enabled), (None, Some(false)));
    // Once the interaction is over, so is what was proved in it.
    let proved = owner.id();
    owner.run(&Submit).unwrap();
    let none = MePatch::default().second_factor_policy(SecondFactorPolicy::None);
    assert_eq!(refused(&update(&house, &jane, none, Some(proved))), step_up);
}

#[test]
fn a2_setting_a_username_and_raising_the_policy_need_none() {
    let house = house();
    let jane = house.add_jane();
    let patch = MePatch::default().username("jane_2").second_factor_policy(SecondFactorPolicy::Enforced);
    assert_eq!(update(&house, &jane, patch.without_picture(), None).status, 200);
    let account = house.account(&jane);
    assert_eq!(account.username.unwrap().as_str(), "jane_2");
    assert_eq!((account.mfa.enabled, account.mfa.skip_mfa_on_sign_in), (Some(true), false));
}

#[test]
fn a2_the_only_way_in_stays() {
    let house = House::new(json!({
        "signUp": {"identifiers": []}, "signIn": {"methods": [{"identifier": "username", "password": true}]},
    }));
    let jane = house.add_jane();
    let owner = house.manage(&jane);
    owner.password(username("jane"), PASSWORD).unwrap();
    let answer = update(&house, &jane, clear_username(), Some(owner.id()));
    assert_eq!(refused(&answer), (400, vec![MeErrorCode::LastSignInMethod]));
}

#[test]
fn a2_what_everybody_must_do_is_not_turned_off() {
    let house = crate::factors::house_with(&["Totp"], "Mandatory");
    let jane = house.add_jane();
    for policy in [SecondFactorPolicy::None, SecondFactorPolicy::Optional] {
        let answer = update(&house, &jane, MePatch::default().second_factor_policy(policy), None);
        assert_eq!(refused(&answer), (400, vec![MeErrorCode::MfaRequired]));
    }
    let raise = MePatch::default().second_factor_policy(SecondFactorPolicy::Enforced);
    assert_eq!(update(&house, &jane, raise, None).status, 200);
}
