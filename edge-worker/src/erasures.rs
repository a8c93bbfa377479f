//! Who was erased lately, for whoever reads or writes the archive: the [workspace](crate::objects::workspace) knows.
//!
//! What a reader gives out is held against it, so that nothing of the erased is given out from that moment on, whether its file was
//! written anew or not. A writer asks once its file is there: whoever is erased after that finds the file.

use selvedge_engine::archive::{Erased, Left, Mark, People, Record, left};
use worker::Env;

use crate::api_error::ApiError;
use crate::archive::{self, Written};
use crate::objects::workspace::{Answer, Ask, ask};
use crate::platform::Secrets;

/// Those who were erased, among whom something is about.
pub(crate) struct Gone(Vec<Erased>);

impl Gone {
    /// Those among these people.
    pub(crate) async fn among(marks: Vec<Mark>, env: &Env) -> Result<Self, ApiError> {
        if marks.is_empty() {
            return Ok(Self(Vec::new()));
        }
        match ask(env, &Ask::ErasedAmong { marks }).await? {
            Answer::Erased { erased } => Ok(Self(erased)),
            _ => Err(ApiError::internal("the workspace answered another question")),
        }
    }

    pub(crate) fn is_nobody(&self) -> bool {
        self.0.is_empty()
    }

    /// What is left of a line.
    pub(crate) fn left_of(&self, record: &Record, secrets: &Secrets) -> Left {
        left(record, self.0.iter(), &|id| secrets.names.number(id)).0
    }
}

/// Takes out of files that were just written what is about somebody who was erased before: the Queue had it already.
pub(crate) async fn take_out(written: &[Written], env: &Env) -> Result<(), ApiError> {
    let mut all = People::default();
    written.iter().for_each(|file| all.add(file.people.all().copied()));
    let marks = all.all().copied().collect();
    let gone = Gone::among(marks, env).await?;
    if gone.is_nobody() {
        return Ok(());
    }
    let secrets = Secrets::of(env)?;
    for file in written {
        let people: Vec<Mark> = file.people.all().copied().collect();
        if gone.0.iter().any(|one| one.may_be_in(Some(&people))) {
            archive::rewrite(&file.name, |record| gone.left_of(record, &secrets), || Ok(()), env).await?;
        }
    }
    Ok(())
}
