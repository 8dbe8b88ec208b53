/** The line with which `ovs-ofctl` begins the groups or meters of a reply. */
export const REPLY_HEADER = /^(?:OFPST|NXST)_\w+ reply\b/;
