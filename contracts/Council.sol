// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";

/// @title Two of n members act together
/// @notice Holds the admin role of KeyAuthority. Its members are fixed; a new council takes over by an ordinary grant,
/// after the grant delay.
contract Council {
    /// @notice One call that a member proposed.
    struct Motion {
        address target;
        address proposer;
        bool done;
        bytes data;
    }

    /// @notice Who belongs to the council.
    mapping(address member => bool) public isMember;
    Motion[] private _motions;

    /// @notice A member proposed a call.
    /// @param id number of the motion
    /// @param by the member
    /// @param target contract that would be called
    /// @param data what it would be called with
    event Proposed(uint256 indexed id, address indexed by, address indexed target, bytes data);
    /// @notice Another member carried it: the call was made.
    /// @param id number of the motion
    /// @param by the other member
    event Carried(uint256 indexed id, address indexed by);

    /// @notice Two of fewer than two is not a council.
    error TooFewMembers();
    /// @notice Each member is named once.
    /// @param member who was named twice
    error DuplicateMember(address member);
    /// @notice Only members act.
    /// @param sender who sent it
    error NotMember(address sender);
    /// @notice There is no such motion.
    /// @param id number that was given
    error UnknownMotion(uint256 id);
    /// @notice A motion is carried once.
    /// @param id number of the motion
    error AlreadyCarried(uint256 id);
    /// @notice The second of the two must be another member than the first.
    /// @param proposer who proposed it
    error SecondMemberNeeded(address proposer);

    /// @notice Fixes the members for ever.
    /// @param members two or more, each once
    constructor(address[] memory members) {
        if (members.length < 2) revert TooFewMembers();
        for (uint256 i = 0; i < members.length; ++i) {
            if (isMember[members[i]]) revert DuplicateMember(members[i]);
            isMember[members[i]] = true;
        }
    }

    /// @notice Proposes one call; it does nothing until another member carries it.
    /// @param target contract to be called
    /// @param data what it is called with
    /// @return id number of the motion
    function propose(address target, bytes calldata data) external returns (uint256 id) {
        if (!isMember[msg.sender]) revert NotMember(msg.sender);

        id = _motions.length;
        _motions.push(Motion({target: target, proposer: msg.sender, done: false, data: data}));
        emit Proposed(id, msg.sender, target, data);
    }

    /// @notice Carries another member's motion: the call is made now, and its refusal is passed on.
    /// @param id number of the motion
    function carry(uint256 id) external {
        if (!isMember[msg.sender]) revert NotMember(msg.sender);
        if (id >= _motions.length) revert UnknownMotion(id);
        Motion storage motion = _motions[id];
        if (motion.done) revert AlreadyCarried(id);
        if (motion.proposer == msg.sender) revert SecondMemberNeeded(msg.sender);

        motion.done = true;
        emit Carried(id, msg.sender);
        Address.functionCall(motion.target, motion.data);
    }
}
