// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Which key speaks for whom, in which role, from when to when
/// @notice Every signature in SilverLedger is judged by this registry at the time at which it was received. Nothing is
/// backdated: a key begins at or after the block that registers it, and ends at or after the block that revokes it.
interface IKeyRegistry {
    /// @notice What a key may do. Roles of later parts are added at the end.
    enum Role {
        None,
        Operator,
        Provider,
        Importer,
        Auditor,
        Proposer,
        Approver,
        Supervisor,
        Treasury
    }

    /// @notice One key's authority.
    /// @param person the person or organisation behind the key; separations of duty compare persons, not keys
    /// @param scope the region (as a number) or the provider's credit code (18 ASCII characters, left-aligned)
    /// @param role what the key may do
    /// @param from first second at which the key speaks
    /// @param to first second at which it no longer does
    struct Key {
        bytes32 person;
        bytes32 scope;
        Role role;
        uint64 from;
        uint64 to;
    }

    /// @notice A key as an earlier registry held it; only a constructor takes it, after a chain was lost.
    /// @param key address of the key
    /// @param authority what it could do
    struct KnownKey {
        address key;
        Key authority;
    }

    /// @notice A key was registered, with the period in which it speaks.
    /// @param key address of the key
    /// @param person hash of the person or organisation behind the key
    /// @param role what the key may do
    /// @param scope region or credit code for which it speaks
    /// @param from first second at which the key speaks
    /// @param to first second at which it no longer does
    event KeyRegistered(address indexed key, bytes32 indexed person, Role role, bytes32 indexed scope, uint64 from, uint64 to);
    /// @notice A key was ended before its time.
    /// @param key address of the key
    /// @param time Unix seconds from which it no longer speaks
    event KeyRevoked(address indexed key, uint64 time);

    /// @notice The key was registered before; a key's history is never rewritten, so a new period needs a new key.
    /// @param key address of the key
    error KeyAlreadyRegistered(address key);
    /// @notice Nobody registered this key.
    /// @param key address of the key
    error UnknownKey(address key);
    /// @notice The key had ended already.
    /// @param key address of the key
    /// @param to Unix seconds at which it ended
    error KeyAlreadyEnded(address key, uint64 to);
    /// @notice A period would begin in the past, or end before it begins.
    /// @param from first second at which the key speaks
    /// @param to first second at which it no longer does
    error BadPeriod(uint64 from, uint64 to);
    /// @notice A key needs an address, a person and a role.
    error IncompleteKey();

    /// @notice Registers a key. Only the registrar role of the authority.
    /// @param key address of the key
    /// @param person hash of the person or organisation behind the key
    /// @param role what the key may do
    /// @param scope region or credit code for which it speaks
    /// @param from first second at which the key speaks
    /// @param to first second at which it no longer does
    function register(address key, bytes32 person, Role role, bytes32 scope, uint64 from, uint64 to) external;

    /// @notice Ends a key with this block. Only the registrar role of the authority.
    /// @param key address of the key
    function revoke(address key) external;

    /// @notice Ends the caller's own key with this block: what its holder does when it was stolen.
    function renounce() external;

    /// @notice Whether the key speaks in that role and scope at that time.
    /// @param key address of the key
    /// @param role what the key may do
    /// @param scope region or credit code for which it speaks
    /// @param time Unix seconds of the act
    /// @return whether it does
    function speaks(address key, Role role, bytes32 scope, uint64 time) external view returns (bool);

    /// @notice Whether this registry began with the keys of an earlier one: their periods are then its deployer's word.
    /// @return whether it did
    function replayed() external view returns (bool);

    /// @notice The key's authority; all zero when it is unknown.
    /// @param key address of the key
    /// @return the authority
    function keyOf(address key) external view returns (Key memory);
}
