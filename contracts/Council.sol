// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";

/// @title Two of n members act together
/// @notice Holds the admin role of KeyAuthority. Its members are fixed; a new council takes over by an ordinary grant,
/// after the grant delay.
contract Council {
    struct Motion {
        address target;
        address proposer;
        bool done;
        bytes data;
    }

    mapping(address member => bool) public isMember;
    Motion[] private _motions;

    event Proposed(uint256 indexed id, address indexed by, address indexed target, bytes data);
    event Carried(uint256 indexed id, address indexed by);

    /// @notice Two of fewer than two is not a council.
    error TooFewMembers();
    error DuplicateMember(address member);
    error NotMember(address sender);
    error UnknownMotion(uint256 id);
    error AlreadyCarried(uint256 id);
    /// @notice The second of the two must be another member than the first.
    error SecondMemberNeeded(address proposer);

    constructor(address[] memory members) {
        if (members.length < 2) revert TooFewMembers();
        for (uint256 i = 0; i < members.length; ++i) {
            if (isMember[members[i]]) revert DuplicateMember(members[i]);
            isMember[members[i]] = true;
        }
    }

    /// @notice Proposes one call; it does nothing until another member carries it.
    function propose(address target, bytes calldata data) external returns (uint256 id) {
        if (!isMember[msg.sender]) revert NotMember(msg.sender);

        id = _motions.length;
        _motions.push(Motion({target: target, proposer: msg.sender, done: false, data: data}));
        emit Proposed(id, msg.sender, target, data);
    }

    /// @notice Carries another member's motion: the call is made now, and its refusal is passed on.
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
