//! What several verbs ask. Each rule is here once; no verb imports another.

pub(super) mod captcha;
pub(super) mod completeness;
pub(super) mod contribution;
pub(super) mod email;
pub(super) mod enrolment;
pub(super) mod lockout;
pub(super) mod messages;
pub(super) mod method;
pub(super) mod mfa;
pub(super) mod mode;
pub(super) mod organizations;
pub(super) mod own_account;
pub(super) mod password;
pub(super) mod step_up;
pub(super) mod submission;
pub(super) mod uniqueness;
