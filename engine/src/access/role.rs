//! Roles, rights, and the table between them.

use serde::{Deserialize, Serialize};

/// What somebody is allowed to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Looks.
    Viewer,
    /// Makes what visitors see, and says who is who.
    Editor,
    /// Everything.
    Admin,
}

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// See people, accounts, and lists of them.
    ReadPeople,
    /// See what is published, and what it was before.
    ReadConfig,
    /// See how the edge fares: outcomes, refusals, dead letters, usage.
    ReadHealth,
    /// See the write keys of servers, whose word counts.
    ReadWriteKeys,
    /// Publish, and go back to what was published.
    Publish,
    /// Say that two are one, or one is two.
    JoinAndPart,
    /// Forget people.
    Erase,
    /// Read the archive, replay it, make the directory anew, redrive dead letters, end a quarantine.
    Operate,
    /// Make keys, and take them back.
    ManageKeys,
    /// See who has asked for what.
    ReadRecord,
}

impl Right {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::ReadPeople,
        Self::ReadConfig,
        Self::ReadHealth,
        Self::ReadWriteKeys,
        Self::Publish,
        Self::JoinAndPart,
        Self::Erase,
        Self::Operate,
        Self::ManageKeys,
        Self::ReadRecord,
    ];

    /// Its name on the wire.
    pub fn code(self) -> &'static str {
        match self {
            Self::ReadPeople => "read_people",
            Self::ReadConfig => "read_config",
            Self::ReadHealth => "read_health",
            Self::ReadWriteKeys => "read_write_keys",
            Self::Publish => "publish",
            Self::JoinAndPart => "join_and_part",
            Self::Erase => "erase",
            Self::Operate => "operate",
            Self::ManageKeys => "manage_keys",
            Self::ReadRecord => "read_record",
        }
    }

    /// The table: the least role that has it.
    pub fn needs(self) -> Role {
        match self {
            Self::ReadPeople | Self::ReadConfig | Self::ReadHealth => Role::Viewer,
            Self::ReadWriteKeys | Self::Publish | Self::JoinAndPart => Role::Editor,
            Self::Erase | Self::Operate | Self::ManageKeys | Self::ReadRecord => Role::Admin,
        }
    }
}

impl Role {
    /// Each role has the rights of the one before it.
    pub fn may(self, right: Right) -> bool {
        self >= right.needs()
    }

    /// Its name.
    pub fn code(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Admin => "admin",
        }
    }

    /// What it may do.
    pub fn rights(self) -> impl Iterator<Item = Right> {
        Right::ALL.into_iter().filter(move |right| self.may(*right))
    }
}

#[cfg(test)]
mod tests {
    use super::{Right, Role};

    #[test]
    fn each_role_may_what_the_one_before_it_may_and_more() {
        let rights = |role: Role| role.rights().count();
        assert_eq!([Role::Viewer, Role::Editor, Role::Admin].map(rights), [3, 6, 10]);
        assert!(Role::Viewer.rights().all(|right| Role::Editor.may(right)));
        assert!(
            !Role::Viewer.may(Right::ReadWriteKeys),
            "a server's key would let a viewer speak for anybody"
        );
        assert!(!Role::Editor.may(Right::Erase) && !Role::Editor.may(Right::ManageKeys));
    }
}
