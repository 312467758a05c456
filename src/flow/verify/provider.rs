//! Identities at other providers: social (V-8) and enterprise (V-9).

mod session;
pub(in crate::flow) mod social;
pub(in crate::flow) mod sso;
