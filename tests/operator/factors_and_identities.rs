//! Factors, what a user has decided about them, identities, organisations.

use serde_json::json;
use vestibule::audit::{AuditAction, IdentityKind};
use vestibule::experience::MfaFactor;
use vestibule::flow::FactorView;
use vestibule::operator::{
    AddFactor, FactorType, LinkIdentity, LinkSsoIdentity, MfaPatch, PatchMfa, RemoveFactor, SetOrganizations,
    UnlinkIdentity,
};
use vestibule::rejection::{IdentityNotExist, Rejection};
use vestibule::user::{FactorId, SocialIdentity, SsoIdentity, UserOrganization};

use crate::factors::{credential, with_backup_codes, with_totp};
use crate::house::House;

#[test]
fn a_factor_that_its_owner_lost_is_taken_away_and_nothing_else() {
    let house = House::open();
    let jane = house.add_jane();
    house.change(&jane, |user| {
        with_totp(user);
        with_backup_codes(user);
        user.mfa.web_authn = vec![credential("c1"), credential("c2")];
        user.mfa.enabled = Some(true);
    });
    let remove =
        |factor| house.act(&RemoveFactor::new("jane", factor)).map(|user| FactorView::of(&user).len());
    assert_eq!(remove(FactorId::WebAuthn("c1".into())), Ok(3));
    assert_eq!(remove(FactorId::WebAuthn("c1".into())), Err(Rejection::EntityNotFound));
    assert_eq!(remove(FactorId::Totp), Ok(2));
    assert_eq!(remove(FactorId::WebAuthn("c2".into())), Ok(1), "the backup codes stay");
    assert_eq!(house.account(&jane).mfa.enabled, Some(true));
    let removed = |factor| AuditAction::FactorRemoved { factor };
    assert_eq!(
        house.take_actions(),
        [
            removed(FactorId::WebAuthn("c1".into())),
            removed(FactorId::Totp),
            removed(FactorId::WebAuthn("c2".into()))
        ]
    );
    assert_eq!(house.act(&RemoveFactor::new("joe", FactorId::Totp)), Err(Rejection::EntityNotFound));
}

#[test]
fn a_factor_is_given_and_seen_without_its_secret() {
    let house = House::open();
    let jane = house.add_jane();
    house.act(&AddFactor::new("jane", FactorType::Totp)).unwrap();
    house.act(&AddFactor::new("jane", FactorType::BackupCode)).unwrap();
    let bound = |factor| AuditAction::FactorBound { factor };
    assert_eq!(house.take_actions(), [bound(MfaFactor::Totp), bound(MfaFactor::BackupCode)]);
    let now = house.now.get();
    assert_eq!(
        serde_json::to_value(FactorView::of(&house.account(&jane))).unwrap(),
        json!([
            {"id": "Totp", "type": "Totp", "createdAt": now},
            {"id": "BackupCode", "type": "BackupCode", "createdAt": now, "left": 10},
        ])
    );
}

#[test]
fn m2_what_a_user_decided_is_changed_member_by_member() {
    let house = House::open();
    let jane = house.add_jane();
    let patch = |body| {
        let patch: MfaPatch = serde_json::from_value(body).unwrap();
        house.act(&PatchMfa::new("jane", patch)).unwrap().mfa
    };
    let mfa = patch(json!({"enabled": true, "skipMfaOnSignIn": true}));
    assert_eq!((mfa.enabled, mfa.skip_mfa_on_sign_in, mfa.skipped), (Some(true), true, false));
    let mfa = patch(json!({"enabled": null, "additionalSuggestionSkipped": true}));
    assert_eq!((mfa.enabled, mfa.skip_mfa_on_sign_in, mfa.suggestion_skipped), (None, true, true));
    assert_eq!(
        house.take_actions(),
        [AuditAction::MfaPolicyChanged, AuditAction::MfaPolicyChanged, AuditAction::MfaPromptsChanged]
    );
    patch(json!({}));
    assert_eq!(house.take_events(), []);
    assert_eq!(house.account(&jane).mfa.enabled, None);
}

#[test]
fn p6_identities_are_linked_replaced_and_unlinked() {
    let house = House::with(json!({
        "enterpriseSsoConnectors": [{"id": "acme", "domains": ["acme.example"], "issuer": "https://acme.example"}],
    }));
    let jane = house.add_jane();
    house.add("joe", |_| ());
    let link = |id: &str, at: &str| house.act(&LinkIdentity::new(id, "github", SocialIdentity::new(at)));
    assert_eq!(link("joe", "jane-at-github").unwrap_err(), Rejection::IdentityAlreadyInUse);
    link("jane", "other").unwrap();
    assert!(link("joe", "jane-at-github").is_ok(), "it is free since");
    let sso = |id: &str, connector: &str| house.act(&LinkSsoIdentity::new(id, connector, "7", None));
    sso("jane", "acme").unwrap();
    assert_eq!(sso("joe", "acme").unwrap_err(), Rejection::IdentityAlreadyInUse);
    assert_eq!(sso("joe", "nowhere").unwrap_err(), Rejection::EntityNotExistsWithId);
    assert_eq!(house.account(&jane).sso_identities[0].issuer, "https://acme.example");
    house.take_events();
    house.act(&UnlinkIdentity::social("jane", "github")).unwrap();
    house.act(&UnlinkIdentity::sso("jane", "acme")).unwrap();
    let unlinked = |kind, provider: &str| AuditAction::IdentityUnlinked { kind, provider: provider.into() };
    let (social, sso) = (IdentityKind::Social, IdentityKind::EnterpriseSso);
    assert_eq!(house.take_actions(), [unlinked(social, "github"), unlinked(sso, "https://acme.example")]);
    let none = Rejection::IdentityNotExist(IdentityNotExist { related_user: None });
    assert_eq!(house.act(&UnlinkIdentity::social("jane", "github")).unwrap_err(), none);
    assert_eq!(house.act(&UnlinkIdentity::sso("jane", "acme")).unwrap_err(), none);
}

#[test]
fn organizations_are_set_as_a_whole() {
    let house = House::open();
    let jane = house.add_jane();
    let own = |id: &str| UserOrganization { id: id.into(), is_mfa_required: id == "acme" };
    let set =
        |ids: &[&str]| house.act(&SetOrganizations::new("jane", ids.iter().map(|id| own(id)).collect()));
    set(&["acme", "other"]).unwrap();
    set(&["acme"]).unwrap();
    assert_eq!(house.account(&jane).organizations, [own("acme")]);
    assert_eq!(house.take_actions(), [AuditAction::OrganizationsChanged, AuditAction::OrganizationsChanged]);
    for wrong in [&["x", "x"][..], &[""], &["a\u{0}"]] {
        assert_eq!(set(wrong).unwrap_err().code(), "guard.invalid_input", "{wrong:?}");
    }
}

#[test]
fn c9_a_target_and_an_issuer_of_one_name_are_two_identities() {
    let house = House::with(json!({
        "enterpriseSsoConnectors": [{"id": "okta", "domains": ["acme.example"], "issuer": "github"}],
    }));
    house.add("jane", |_| ());
    house.act(&LinkIdentity::new("jane", "github", SocialIdentity::new("42"))).unwrap();
    house.act(&LinkSsoIdentity::new("jane", "okta", "42", None)).unwrap();
    house.act(&UnlinkIdentity::sso("jane", "okta")).unwrap();
    let (social, sso) = (IdentityKind::Social, IdentityKind::EnterpriseSso);
    let linked = |kind| AuditAction::IdentityLinked { kind, provider: "github".into() };
    let unlinked = |kind| AuditAction::IdentityUnlinked { kind, provider: "github".into() };
    assert_eq!(house.take_actions(), [linked(social), linked(sso), unlinked(sso)]);
}

#[test]
fn an_identity_of_an_issuer_that_is_called_like_a_connector_can_be_taken_away() {
    let house = House::with(json!({
        "enterpriseSsoConnectors": [{"id": "gone", "domains": ["acme.example"], "issuer": "https://acme.example"}],
    }));
    let jane = house.add_jane();
    house.change(&jane, |user| {
        let own = SsoIdentity { issuer: "gone".into(), user_id: "7".into(), details: None };
        user.sso_identities.push(own);
    });
    house.act(&UnlinkIdentity::sso("jane", "gone")).unwrap();
    assert!(house.account(&jane).sso_identities.is_empty());
}
