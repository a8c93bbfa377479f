//! What the query of an admin's request says.

use selvedge_engine::limits;
use selvedge_engine::time::UnixMillis;
use worker::{Request, Url};

use crate::api_error::ApiError;

/// The query parameters of a request. An empty one counts as missing.
pub(crate) struct Query(Url);

impl Query {
    /// Of this request.
    pub(crate) fn of(request: &Request) -> Result<Self, ApiError> {
        Ok(Self(request.url()?))
    }

    /// A parameter as it was sent.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        let found = self.0.query_pairs().find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned()).filter(|value| !value.is_empty())
    }

    /// `limit`: rows on a page of the directory.
    ///
    /// # Errors
    /// 400 unless it is a whole number from 1 on. More than a page may hold is a full page.
    pub(crate) fn limit(&self) -> Result<usize, ApiError> {
        let Some(text) = self.text("limit") else { return Ok(limits::DIRECTORY_PAGE) };
        match text.parse::<usize>() {
            Ok(limit) if limit > 0 => Ok(limit.min(limits::DIRECTORY_PAGE_MAX)),
            _ => Err(ApiError::invalid_request("`limit` is a whole number from 1 on")),
        }
    }

    /// An instant: ISO 8601, or milliseconds since 1970.
    ///
    /// # Errors
    /// 400 if it is neither.
    pub(crate) fn instant(&self, name: &str) -> Result<Option<UnixMillis>, ApiError> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let at = text.parse().ok().map(UnixMillis).or_else(|| UnixMillis::parse(&text));
        let wrong = || ApiError::invalid_request(format!("`{name}` is ISO 8601, or milliseconds since 1970"));
        at.map(Some).ok_or_else(wrong)
    }

    /// `cursor`, as the `next` or `cursor` of an earlier answer said.
    ///
    /// # Errors
    /// 400 if it is something else.
    pub(crate) fn cursor<T>(&self, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, ApiError> {
        let Some(text) = self.text("cursor") else { return Ok(None) };
        let wrong =
            || ApiError::invalid_request("the cursor is not one of ours; send one as an answer gave it");
        parse(&text).map(Some).ok_or_else(wrong)
    }
}
